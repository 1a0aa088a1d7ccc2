"""The change that takes events away: asked again of the recommender; and who could take over."""

from __future__ import annotations

import numpy as np

import pyexplain as px
from pyexplain.data import Events
from pyexplain.explainers.taken import rivals_in_list, without_events
from pyexplain.margin import Margin
from tests.worlds import small_world


def test_without_all_of_a_users_events_nothing_of_the_profile_is_left() -> None:
    run = px.train(small_world(), baseline="hybrid", settings={"epochs": 1, "dim": 4})
    data, users = run.data, np.array([0, 1])
    best = run.order.best(users, 2)[0]
    margin = Margin.of(run.recommender, data, np.stack([users, best[:, 0]], axis=1), best[:, 1])
    events = Events.of(data)
    there = events.table(users)[1]
    worth = np.where(there, 1.0, 0.0) * np.array([[1.0], [-1.0]])
    found = without_events("x", margin, events, there & np.array([[True], [False]]), worth, signed=False)
    assert found.counterfactual is not None
    change = found.counterfactual.change.dense()
    np.testing.assert_allclose(change[0], -data.user_features.dense()[0], atol=1e-6)
    assert not change[1].any()
    assert found.counterfactual.margin_after[1] == found.counterfactual.margin_before[1]
    assert found.weights.dense()[0].max() > 0
    assert not found.weights.dense()[1].any()  # it speaks against the item, and that was not asked for
    signed = without_events("x", margin, events, there & False, worth, signed=True)
    assert signed.weights.dense()[1].min() < 0


def test_rivals_are_the_first_of_the_list() -> None:
    run = px.train(small_world(), baseline="hybrid", settings={"epochs": 1, "dim": 4})
    users = np.array([3])
    best = run.order.best(users, 3)[0]
    margin = Margin.of(run.recommender, run.data, np.stack([users, best[:, 1]], axis=1), best[:, 2])
    assert rivals_in_list(margin, 0).shape == (1, 0)
    assert rivals_in_list(margin, 3).tolist() == best.tolist()
