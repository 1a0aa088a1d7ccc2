"""LIME-RS: signs and order of a linear score's weights, the regression by hand, draws that stay within bounds."""

from __future__ import annotations

import numpy as np

from pyexplain import RunOptions
from pyexplain.explainers.types import Explanations
from pyexplain.plugins.lime_rs import LimeRS, _skipping

from ..explainers.toys import Additive, Linear, world_with
from ..worlds import small_world

HISTORY = small_world(n_users=25).with_kinds(("history",))


def fitted(model: object, data: object, seed: int = 0, **settings: object) -> LimeRS:
    explainer = LimeRS(LimeRS.Config(**settings))
    explainer.fit(model, data, RunOptions(seed=seed))
    return explainer


def explained(model: object, data: object, **settings: object) -> Explanations:
    return fitted(model, data, **settings).explain(np.array([[0, 0]]))


def test_own_features_by_what_they_add_to_the_score() -> None:
    """Scores 10 * 4, 0, -5 * 1 of three own features: in this order, and what lowers the score only where that is asked for."""
    data = world_with([[4, 2, 1]])
    model = Linear(data, [[10, 0, -5]])
    signed = explained(model, data, signed=True, samples=400, ridge=1e-6).weights.dense()[0, :3]
    np.testing.assert_allclose(signed, [40, 0, -5], atol=3)
    assert explained(model, data).weights.dense()[0, 2] == 0


def test_a_larger_ridge_shrinks_and_a_seed_decides() -> None:
    model = Additive(HISTORY)
    pairs = np.array([[u, 3] for u in range(8)])
    large, small = (np.abs(fitted(model, HISTORY, ridge=r).explain(pairs).weights.values).sum() for r in (1e-3, 1e3))
    assert small < 0.5 * large
    other = fitted(model, HISTORY, seed=1).explain(pairs).weights.dense()
    assert not np.array_equal(fitted(model, HISTORY).explain(pairs).weights.dense(), other)


def test_draws_are_within_bounds() -> None:
    explainer, own = fitted(Additive(HISTORY), HISTORY, least=2, most=6), np.array([0, 3, 7])
    kept, added, flips = explainer._drawn(np.random.default_rng(0), own, 30)
    assert kept[0].all()
    assert flips[0] == 0
    assert not (added[:, 0] == 0).any()
    assert set(flips[1:].tolist()) == {2, 3, 4, 5}
    assert not np.isin(added[:, 1], own).any()
    assert len(np.unique(added, axis=0)) == len(added)
    assert added[:, 1].max() < 30
    others = np.bincount(added[:, 0], minlength=len(kept))
    assert (others + (~kept).sum(axis=1) <= flips).all()
    assert (~kept[1:]).any(axis=0).all()
    assert not len(explainer._drawn(np.random.default_rng(0), np.array([0, 1]), 2)[1])  # there are no others


def test_columns_that_are_not_own() -> None:
    own = np.array([0, 3, 4, 9])
    np.testing.assert_array_equal(_skipping(np.arange(6), own), [1, 2, 5, 6, 7, 8])


def test_a_user_without_features_gets_nothing() -> None:
    data = world_with([[0]])
    assert not explained(Linear(data, [[3, 1]]), data).weights.values.size
