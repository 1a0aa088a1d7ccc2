"""Events: everything that came with a review goes with it, and what is left is eq. (1) of the reviews that are left."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.counts import with_counts
from pyexplain.data.events import Events
from pyexplain.data.settings import user_strength
from pyexplain.data.types import Dataset

from ..worlds import small_world

WORDS = small_world()
BOTH = WORDS.with_kinds(("word", "history"))


def test_nothing_is_gone_without_a_removal() -> None:
    for data in (WORDS, BOTH, WORDS.with_kinds(("history",)), with_counts(BOTH)):
        events, users = Events.of(data), np.arange(data.n_users)
        none = np.zeros(0, np.int64)
        np.testing.assert_array_equal(events.without(users, none, none).dense(), data.user_features.dense())


@pytest.mark.parametrize("data", [WORDS, BOTH], ids=["words", "both"])
def test_without_all_events_nothing_is_left(data: Dataset) -> None:
    events, users = Events.of(data), np.arange(data.n_users)
    numbers, there = events.table(users)
    row, place = np.nonzero(there)
    assert not events.without(users, row, numbers[row, place]).values.any()


def test_without_one_review_by_hand() -> None:
    """Counts of its words fall by what it mentions, and its entry in the history is gone; the others' are as they were."""
    events, user = Events.of(BOTH), 3
    number = int(events.offsets[user])
    item = int(events.items[number])
    said = BOTH.evidence[(BOTH.evidence["user"] == user)]
    left = said[said["item"] != item].groupby("feature").size()
    wanted = np.zeros(BOTH.n_features)
    wanted[left.index] = user_strength(left.to_numpy(), 5.0)
    liked = [i for i in BOTH.liked.items[BOTH.liked.offsets[user] : BOTH.liked.offsets[user + 1]] if i != item]
    wanted[[WORDS.n_features + i for i in liked]] = 1
    found = events.without(np.array([user, user]), np.array([0]), np.array([number])).dense()
    np.testing.assert_allclose(found[0], wanted, rtol=1e-6)
    np.testing.assert_array_equal(found[1], BOTH.user_features.dense()[user])
    assert (found[0] != found[1]).sum() >= 2


def test_weights_of_events_are_said_of_the_history_or_shared() -> None:
    users = np.array([3, 0])
    for data in (WORDS, BOTH):
        events = Events.of(data)
        numbers, there = events.table(users)
        weights = np.where(there, np.arange(1, numbers.shape[1] + 1), 0.0)
        dense = events.on_features(users, weights).dense()
        past = np.zeros(data.n_features, dtype=bool)
        past[data.features.of_kind("history")] = True
        for row in range(2):
            mine = events.cells.select(numbers[row][there[row]])
            with_past = np.array([past[mine.row(n)[0]].any() for n in range(mine.n_rows)])
            known = mine.counts > 0
            assert dense[row].sum() == pytest.approx(weights[row][there[row]][known].sum())
            assert dense[row][past].sum() == pytest.approx(weights[row][there[row]][with_past].sum())


def test_users_who_hold_counts() -> None:
    counted = with_counts(BOTH)
    events, user = Events.of(counted), 5
    number = int(events.offsets[user])
    found = events.without(np.array([user]), np.array([0]), np.array([number])).dense()[0]
    lost = events.cells.dense()[number]
    np.testing.assert_allclose(found, np.minimum(np.maximum(counted.user_features.dense()[user] - lost, 0), 5), atol=1e-5)


def test_a_data_set_without_anybody_s_events() -> None:
    from ..explainers.toys import world_with

    data = world_with([[0]])
    events = Events.of(data)
    assert events.without(np.array([0]), np.zeros(0, np.int64), np.zeros(0, np.int64)).n_rows == 1
