"""SPINRec: maps of a linear score by hand, and the one that is chosen is the most faithful."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain import RunOptions
from pyexplain.margin import Coalitions, Margin
from pyexplain.plugins.spinrec import SpinRec

from ..explainers.toys import Linear, Relu, all_pairs, world_with
from ..worlds import small_world

DATA = small_world()


def fitted(model: object, data: object, **settings: object) -> SpinRec:
    explainer = SpinRec(SpinRec.Config(**settings))
    explainer.fit(model, data, RunOptions())
    return explainer


def test_a_map_by_hand() -> None:
    """Margin 3 f_0 - f_1 + 2 f_2 of (4, 2, 1), on a path from user 1's (1, 0, 1): 9, -2 and 0."""
    data = world_with([[4, 2, 1], [1, 0, 1]])
    model = Linear(data, [[3, -1, 2]])
    margin = Margin.of(model, data, np.array([[0, 0]]), np.array([1]))
    explainer = fitted(model, data)
    f_u = torch.from_numpy(margin.features.dense())
    found = explainer._map(margin, Coalitions.of(margin), f_u, np.array([1]))
    np.testing.assert_allclose(found[0, :3], [9, -2, 0], atol=1e-5)
    empty = explainer._map(margin, Coalitions.of(margin), f_u, np.array([0]))
    np.testing.assert_allclose(empty, 0, atol=1e-6)


def test_the_most_faithful_map_is_told() -> None:
    """With more baselines the mean lead without the first features can only become less."""
    model, (pairs, against) = Relu(DATA, fast=False), all_pairs(DATA, 40)
    margin = Margin.of(model, DATA, pairs, against)
    asked = Coalitions.of(margin)
    left = []
    for baselines in (1, 12):
        explainer = fitted(model, DATA, baselines=baselines, signed=True)
        dense = explainer.explain(pairs, against).weights.dense()
        own = np.where(asked.real, np.take_along_axis(dense, asked.columns, axis=1), 0)
        left.append(explainer._left(asked, own))
    assert (left[1] <= left[0] + 1e-4).all()
    assert left[1].mean() < left[0].mean()


def test_only_own_features_and_only_what_speaks_for_the_item() -> None:
    pairs, against = all_pairs(DATA, 30)
    model = Relu(DATA, fast=False)
    found = fitted(model, DATA).explain(pairs, against).weights
    own = DATA.user_features.dense()[pairs[found.row_indices(), 0], found.indices]
    assert (own > 0).all()
    assert (found.values > 0).all()
    assert (fitted(model, DATA, signed=True).explain(pairs, against).weights.values < 0).any()
