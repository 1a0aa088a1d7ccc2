"""What cer names is what its own counterfactual changes on the item, by how much, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.explainers import Explanations
from pyexplain.explainers.counterfactual.settings import one_mention

from ..worlds import small_world

DATA = small_world()


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(DATA, explainer="cer", epochs=4, dim=8)


def explained(run: px.Run, **settings: object) -> Explanations:
    return run.explainer("cer", settings).explain(DATA.train[:60])


def test_weights_are_the_sizes_of_the_change_in_mentions(run: px.Run) -> None:
    found = explained(run)
    assert found.change is not None
    assert (found.change.values < 0).all(), "what is said of an item is taken back, not added"
    assert np.array_equal(found.weights.indices, found.change.indices)
    assert found.weights.values == pytest.approx(-found.change.values / one_mention(DATA, "item"))
    assert np.array_equal(found.weights.offsets, found.change.offsets)


def test_they_may_be_signed_or_shares_of_the_flip(run: px.Run) -> None:
    found, shares = explained(run, weights="delta"), explained(run, weights="flip-share")
    assert found.change is not None
    assert np.array_equal(found.weights.values, found.change.values)
    assert shares.valid is not None
    rows = shares.weights.row_indices()
    for row in np.flatnonzero(shares.valid):
        alone = np.diff(found.change.offsets)[row] == 1
        whole = shares.weights.values[rows == row].sum()
        assert whole == pytest.approx(1, abs=1e-4) if alone else whole > 0, "taking back what alone was changed takes back the flip"
