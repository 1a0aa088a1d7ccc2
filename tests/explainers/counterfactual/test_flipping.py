"""The smallest sets that put the other item in front: against all sets asked of the model."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows, apply_change
from pyexplain.explainers.counterfactual.flipping import smallest_flips
from pyexplain.margin.margin import Margin

from ...worlds import small_world
from ..toys import Additive, Relu, all_pairs

DATA = small_world(n_users=25).with_kinds(("history", "word"))


def by_trying_all(margin: Margin) -> list[int | None]:
    """Of each pair the size of the smallest set; None where no set does."""
    out: list[int | None] = []
    for row in range(len(margin)):
        indices, values = margin.features.row(row)
        one, found = margin.select([row]), None
        for size in range(len(indices) + 1):
            for gone in itertools.combinations(range(len(indices)), size):
                kept = np.setdiff1d(np.arange(len(indices)), gone)
                f_u = SparseRows(np.array([0, len(kept)]), indices[kept], values[kept], DATA.n_features)
                if found is None and one.value(f_u)[0] < 0:
                    found = size
        out.append(found)
    return out


@pytest.mark.parametrize("fast", [True, False])
def test_the_smallest_set_is_found_and_proved(fast: bool) -> None:
    model = Additive(DATA) if fast else Relu(DATA, fast=False)
    margin = Margin.of(model, DATA, *all_pairs(DATA, 60, seed=3))
    found, wanted = smallest_flips(margin), by_trying_all(margin)
    assert found.proved.all()
    assert found.reached.tolist() == [size is not None for size in wanted]
    assert found.change.counts.tolist() == [size or 0 for size in wanted]
    assert {0, 1, 2} <= set(wanted)
    assert not fast or None in wanted
    after = margin.value(apply_change(margin.features, found.change))
    assert (after[found.reached] < 0).all()


def test_what_is_not_said_does_not_go() -> None:
    hidden = replace(DATA, settings=replace(DATA.settings, never=tuple(DATA.features[k] for k in range(DATA.n_features))))
    margin = Margin.of(Additive(hidden), hidden, *all_pairs(hidden, 20))
    assert not smallest_flips(margin).change.counts.any()
