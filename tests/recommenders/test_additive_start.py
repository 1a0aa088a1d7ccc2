"""What words weigh before training: the regression by its own condition, and no weight for words that only repeat the review."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from pyexplain import RunOptions
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.counts import seen_by
from pyexplain.data.settings import Settings
from pyexplain.data.types import Dataset
from pyexplain.plugins.hybrid import Hybrid
from pyexplain.recommenders.additive import Columns
from pyexplain.recommenders.additive_start import found_weights, logistic_coefficients
from pyexplain.recommenders.without_own import WithoutOwn
from tests.worlds import small_world


def test_the_coefficients_are_where_the_slope_is_0_and_a_column_of_nothing_weighs_nothing() -> None:
    g = torch.Generator().manual_seed(0)
    x = torch.randn(400, 3, generator=g, dtype=torch.float64) + torch.tensor([0.5, 0.0, -0.3])
    x[:, 1] *= 7
    x = torch.cat([x, torch.zeros(400, 1)], dim=1)
    t = logistic_coefficients(x)
    assert t[3] == 0
    size = x.square().mean(dim=0).sqrt()
    slope = x.T @ torch.sigmoid(-(x @ t)) / size.clamp(min=1e-12) - t * size
    torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-8, rtol=0)
    assert t[0] > 0.2
    assert t[2] < -0.1


def weight(data: Dataset, evidence: bool = True) -> float:
    """What all words are multiplied by; evidence: whether it is known which review each mention is of."""
    view = seen_by(data, ("word", "history"), counts=True)
    made = Hybrid(Hybrid.Config(dim=32))
    made.prepare(view, RunOptions())
    model, columns = made.additive, Columns.of(view)
    told = view if evidence else replace(view, evidence=view.evidence.iloc[:0])
    without = WithoutOwn.of(told, columns, model.sides, 1.0, 0.5, "cpu")
    found = found_weights(model.network, without, columns, view, 0)
    return float((found / model.network.weights.detach()).nanmedian())


def by_chance() -> Dataset:
    """Users take items by chance; a review praises what its item is known for, whoever writes it."""
    rng = np.random.default_rng(0)
    known = np.stack([rng.permutation(12)[:2] for _ in range(60)])
    rows = [(f"u{u:03}", f"i{i:03}", 5.0, 0) for u in range(150) for i in rng.permutation(60)[:6]]
    words = [(u, i, f"f{k}", "good", 1.0, "Good.") for u, i, _, _ in rows for k in known[int(i[1:])]]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    frame["part"] = assign_parts(frame, "random", 0, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("chance", frame, mentions, "heldout", Settings("generated", n_candidates=15))


def test_words_that_tell_nothing_of_the_next_item_weigh_nothing_though_every_review_repeats_its_item() -> None:
    data = by_chance()
    clean, leaking = weight(data), weight(data, evidence=False)
    assert clean < 0.2
    assert leaking > 3 * clean


def test_words_that_decide_weigh_much() -> None:
    assert weight(small_world(n_users=120, n_items=60)) > 0.3
