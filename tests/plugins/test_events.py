"""Events left out: what an entry of the history carries is its contribution, words fall with their review, and changes flip."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain import RunOptions
from pyexplain.data import Events, apply_change
from pyexplain.margin import Margin, contributions_to
from pyexplain.plugins.events import EventsExplainer

from ..explainers.toys import Additive, Relu, all_pairs
from ..worlds import small_world

WORLD = small_world()
HISTORY, BOTH = WORLD.with_kinds(("history",)), WORLD.with_kinds(("word", "history"))


def fitted(model: object, data: object, **settings: object) -> EventsExplainer:
    explainer = EventsExplainer(EventsExplainer.Config(**settings))
    explainer.fit(model, data, RunOptions())
    return explainer


def test_with_history_alone_an_event_is_its_entry() -> None:
    model, (pairs, against) = Additive(HISTORY), all_pairs(HISTORY, 40)
    found = fitted(model, HISTORY, signed=True).explain(pairs, against)
    wanted = contributions_to(Margin.of(model, HISTORY, pairs, against)).values
    np.testing.assert_allclose(found.weights.dense(), wanted.dense(), atol=1e-4)


@pytest.mark.parametrize("fast", [True, False])
def test_changes_take_whole_events_away_and_flip(fast: bool) -> None:
    model, (pairs, against) = (Additive(BOTH) if fast else Relu(BOTH, fast=False)), all_pairs(BOTH, 60)
    found = fitted(model, BOTH).explain(pairs, against)
    assert 0 < found.valid.sum() < len(pairs)
    after = apply_change(BOTH.user_features.select(pairs[:, 0]), found.change)
    assert (Margin.of(model, BOTH, pairs, against).value(after)[found.valid] < 0).all()
    events, past = Events.of(BOTH), BOTH.features.of_kind("history")
    for row in np.flatnonzero(found.valid):
        user = int(pairs[row, 0])
        columns = found.change.row(row)[0]
        own = np.arange(events.offsets[user], events.offsets[user + 1])
        gone = [n for n in own if np.isin(past[events.items[n]], columns)]
        left = events.without(np.array([user]), np.zeros(len(gone), np.int64), np.array(gone, dtype=np.int64))
        liked = {int(events.items[n]) for n in own if past[events.items[n]] in events.cells.row(n)[0]}
        if len(liked) == len(own):  # each event has an entry to know it by
            np.testing.assert_allclose(left.dense()[0], after.dense()[row], atol=1e-5)


def test_no_event_of_a_change_can_be_put_back() -> None:
    model, (pairs, against) = Additive(HISTORY), all_pairs(HISTORY, 60)
    found = fitted(model, HISTORY).explain(pairs, against)
    assert (found.change.counts[found.valid] >= 2).any()
    for row in np.flatnonzero(found.valid):
        columns, values = found.change.row(row)
        margin = Margin.of(model, HISTORY, pairs[row : row + 1], against[row : row + 1])
        for k in columns if len(columns) > 1 else []:
            change = found.change.select([row])
            less = apply_change(margin.features, change.where(change.indices != k))
            assert margin.value(less)[0] >= 0
        assert set(values.tolist()) == {-1.0}


def test_no_more_events_than_may_go() -> None:
    model, (pairs, against) = Additive(HISTORY), all_pairs(HISTORY, 60)
    found = fitted(model, HISTORY, most=1).explain(pairs, against)
    assert found.change.counts.max() == 1
    assert fitted(model, HISTORY).explain(pairs, against).valid.sum() > found.valid.sum()


def test_words_alone_share_what_their_review_carries() -> None:
    model, (pairs, against) = Additive(WORLD), all_pairs(WORLD, 20)
    found = fitted(model, WORLD).explain(pairs, against)
    assert (found.weights.values > 0).all()
    assert not WORLD.features.kinds
