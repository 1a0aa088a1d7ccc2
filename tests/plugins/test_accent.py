"""ACCENT and FIA: the smallest sets by hand, and what is told of them by the model."""

from __future__ import annotations

import numpy as np

from pyexplain import RunOptions
from pyexplain.data import Events, apply_change
from pyexplain.explainers import Influences
from pyexplain.margin import Margin
from pyexplain.plugins.accent import Accent, smallest_swap
from pyexplain.plugins.fia import FIA

from ..explainers.toys import Additive, all_pairs
from ..worlds import small_world

HISTORY = small_world(n_users=25).with_kinds(("history",))
MODEL, (PAIRS, AGAINST) = Additive(HISTORY), all_pairs(HISTORY, 60)


def fitted(cls: type, **settings: object) -> object:
    explainer = cls(cls.Config(**settings))
    explainer.fit(MODEL, HISTORY, RunOptions())
    return explainer


def test_the_smallest_set_by_hand() -> None:
    """A gap of 5 falls by 3 and 4 to the first replacement, one of 3 by 4 to the second: the second takes one item."""
    gap, on_gap, both = np.array([[5.0, 3.0]]), np.array([[[3.0, 4.0, -9.0], [1.0, 0.5, 4.0]]]), np.array([[True, True]])
    assert smallest_swap(gap, on_gap, both).tolist() == [[False, False, True]]
    assert smallest_swap(gap, on_gap, np.array([[True, False]])).tolist() == [[True, True, False]]
    assert not smallest_swap(np.array([[50.0, 50.0]]), on_gap, both).any()
    assert not smallest_swap(np.array([[-1.0, 0.0]]), on_gap, both).any()  # nobody has to be passed


def test_of_equal_sets_the_one_that_goes_farthest() -> None:
    on_gap = np.array([[[2.0, 0.0], [0.0, 3.0]]])
    assert smallest_swap(np.array([[1.0, 1.0]]), on_gap, np.array([[True, True]])).tolist() == [[False, True]]


def test_weights_are_influences_on_the_gap_said_of_the_history() -> None:
    found = fitted(Accent, signed=True).explain(PAIRS, AGAINST)
    influence = Influences.of(MODEL, Events.of(HISTORY), PAIRS[:, 0], 0.01)
    both = influence.on(np.stack([PAIRS[:, 1], AGAINST], axis=1))
    events = Events.of(HISTORY)
    wanted = events.on_features(PAIRS[:, 0], both[:, 0] - both[:, 1]).dense()
    np.testing.assert_allclose(found.weights.dense(), wanted, rtol=1e-4, atol=1e-6)
    alone = fitted(FIA, signed=True).explain(PAIRS).weights.dense()
    np.testing.assert_allclose(alone, events.on_features(PAIRS[:, 0], both[:, 0]).dense(), rtol=1e-4, atol=1e-6)
    assert (fitted(FIA).explain(PAIRS).weights.values > 0).all()


def test_what_the_model_says_of_the_sets() -> None:
    found = fitted(Accent).explain(PAIRS, AGAINST)
    after = apply_change(HISTORY.user_features.select(PAIRS[:, 0]), found.change)
    margins = Margin.of(MODEL, HISTORY, PAIRS, AGAINST).value(after)
    np.testing.assert_array_equal(found.valid, (found.margin_before > 0) & (margins < 0))
    assert found.valid.any()
    assert set(found.change.values.tolist()) == {-1.0}


def test_with_rivals_more_items_may_take_over() -> None:
    one, many = (fitted(Accent, rivals=rivals).explain(PAIRS, AGAINST).change.counts for rivals in (0, 8))
    assert (many > 0).sum() > (one > 0).sum()
    assert (many[one > 0] <= one[one > 0]).all()
