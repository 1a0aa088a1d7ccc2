"""A training pair is left out of what a user is known by: counted here by hand, pair by pair."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain.data.counts import seen_by
from pyexplain.recommenders.additive import Columns, Sides
from pyexplain.recommenders.without_own import WithoutOwn
from tests.worlds import small_world

DATA = seen_by(small_world(), ("word", "history"), counts=True)
COLUMNS = Columns.of(DATA)
SIDES = Sides.of(DATA, COLUMNS, 1.0, 0.5, "cpu")
WITHOUT = WithoutOwn.of(DATA, COLUMNS, SIDES, 1.0, 0.5, "cpu")
WORDS = len(COLUMNS.readable)
USERS, ITEMS = (torch.from_numpy(column.copy()) for column in DATA.train[::3].T)


def test_a_user_is_what_the_other_reviews_say() -> None:
    found = WITHOUT.users(USERS, ITEMS).dense(WORDS).numpy()
    for row, (user, item) in enumerate(zip(USERS.tolist(), ITEMS.tolist(), strict=True)):
        rest = DATA.evidence[(DATA.evidence["user"] == user) & (DATA.evidence["item"] != item)]
        counts = np.bincount(rest["feature"], minlength=WORDS)
        np.testing.assert_array_equal(found[row], np.minimum(counts, 5))


def test_an_item_is_what_the_others_say_of_it() -> None:
    found = WITHOUT.items(USERS, ITEMS).dense(WORDS).numpy()
    for row, (user, item) in enumerate(zip(USERS.tolist(), ITEMS.tolist(), strict=True)):
        rest = DATA.evidence[(DATA.evidence["item"] == item) & (DATA.evidence["user"] != user)]
        counts = np.bincount(rest["feature"], minlength=WORDS)
        sums = np.bincount(rest["feature"], weights=rest["sentiment"], minlength=WORDS)
        np.testing.assert_allclose(found[row], sums / (counts + 1), atol=1e-6)


def test_the_history_lacks_the_item_and_is_divided_by_what_is_left() -> None:
    found = WITHOUT.history(USERS, ITEMS).dense(DATA.n_items).numpy()
    liked = np.zeros((DATA.n_users, DATA.n_items))
    liked[tuple(DATA.train.T)] = 1
    for row, (user, item) in enumerate(zip(USERS.tolist(), ITEMS.tolist(), strict=True)):
        rest = liked[user].copy()
        rest[item] = 0
        np.testing.assert_allclose(found[row], rest / np.sqrt(max(1, rest.sum())), rtol=1e-6)


def test_a_pair_that_is_no_training_pair_takes_nothing_away() -> None:
    user, item = DATA.test[0]
    users, items = torch.tensor([user]), torch.tensor([item])
    np.testing.assert_array_equal(WITHOUT.users(users, items).dense(WORDS), SIDES.user_words.select(users).dense(WORDS))
    np.testing.assert_allclose(WITHOUT.items(users, items).dense(WORDS), SIDES.item_words.select(items).dense(WORDS), rtol=1e-5)
