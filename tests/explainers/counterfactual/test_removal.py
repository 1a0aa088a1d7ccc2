"""The smallest sets that take an item out of the first K: against all sets asked of the model, for linear scores and others."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows, apply_change
from pyexplain.data.types import Dataset
from pyexplain.explainers.counterfactual.leaving import leave_whole
from pyexplain.explainers.counterfactual.removal import smallest_removals
from pyexplain.explainers.counterfactual.settings import Box
from pyexplain.explainers.counterfactual.until import Until, solve_until
from pyexplain.explainers.order import Order
from pyexplain.recommenders.base import Recommender

from ...worlds import small_world
from ..toys import Additive, Relu

HISTORY = small_world(n_users=25).with_kinds(("history",))
BOTH = small_world(n_users=25).with_kinds(("history", "word"))
K = 4


class ByScores(Additive):
    """The same scores, of which nobody knows that they are linear."""

    offers = frozenset({"scores"})


def questions(model: Recommender, data: Dataset, users: int = 12) -> np.ndarray:
    items, _ = Order(model, data).best(np.arange(users), K)
    return np.stack([np.repeat(np.arange(users), K), items.ravel()], axis=1)


def smallest_size(model: Recommender, data: Dataset, user: int, item: int) -> int | None:
    """By asking the model about every set."""
    indices, values = data.user_features.row(user)
    order = Order(model, data)
    for size in range(len(indices) + 1):
        for gone in itertools.combinations(range(len(indices)), size):
            kept = np.setdiff1d(np.arange(len(indices)), gone)
            f_u = SparseRows(np.array([0, len(kept)]), indices[kept], values[kept], data.n_features)
            scores = order.scores(np.array([user]), f_u)[0]
            if (scores > scores[item]).sum() >= K:
                return size
    return None


@pytest.mark.parametrize("kind", ["linear", "by scores", "bent"])
def test_the_smallest_set_is_found_and_proved(kind: str) -> None:
    model = {"linear": Additive, "by scores": ByScores, "bent": lambda data: Relu(data, fast=False)}[kind](HISTORY)
    pairs = questions(model, HISTORY)
    found = smallest_removals(model, HISTORY, pairs, K)
    wanted = [smallest_size(model, HISTORY, *pair) for pair in pairs.tolist()]
    assert found.proved.all()
    assert found.reached.tolist() == [size is not None for size in wanted]
    assert found.change.counts.tolist() == [size or 0 for size in wanted]
    assert {0, 1, 2} <= set(found.change.counts.tolist())
    left = apply_change(HISTORY.user_features.select(pairs[:, 0]), found.change)
    assert (Order(model, HISTORY).place(pairs, left) > K)[found.reached].all()
    assert set(found.change.values.tolist()) == {-1.0}


def test_words_go_whole_as_well() -> None:
    model = Additive(BOTH)
    pairs = questions(model, BOTH)
    found = smallest_removals(model, BOTH, pairs, K)
    cells = found.change.row_indices()
    assert (found.change.values == -BOTH.user_features.dense()[pairs[cells, 0], found.change.indices]).all()
    assert (found.change.indices >= BOTH.n_items).any()
    only = smallest_removals(model, BOTH, pairs, K, allowed=np.arange(BOTH.n_features) < BOTH.n_items)
    assert (only.change.indices < BOTH.n_items).all()
    assert (only.reached <= found.reached).all()


def test_pairs_in_any_order_and_within_little_memory() -> None:
    model = Additive(HISTORY)
    pairs = questions(model, HISTORY)
    order = np.random.default_rng(0).permutation(len(pairs))
    found, mixed = (smallest_removals(model, HISTORY, some, K) for some in (pairs, pairs[order]))
    np.testing.assert_array_equal(found.change.dense()[order], mixed.change.dense())
    narrow = smallest_removals(model, HISTORY, pairs, K, max_memory=1)
    np.testing.assert_array_equal(found.change.dense(), narrow.change.dense())
    assert len(smallest_removals(model, HISTORY, pairs[:0], K).reached) == 0


def test_an_item_outside_the_list_an_item_that_was_liked_and_a_user_without_features() -> None:
    empty = replace(HISTORY, user_features=HISTORY.user_features.where(HISTORY.user_features.row_indices() > 0))
    model = Additive(empty)
    scores = Order(model, empty).scores(np.array([1]))[0]
    last = int(np.where(np.isfinite(scores), scores, np.inf).argmin())
    liked = int(HISTORY.liked.items[HISTORY.liked.offsets[1]])
    first = int(Order(model, empty).best(np.array([0]), 1)[0][0, 0])
    found = smallest_removals(model, empty, np.array([[1, last], [1, liked], [0, first]]), K)
    assert found.reached.tolist() == [True, False, False]
    assert found.proved.tolist() == [True, False, True]
    assert not found.change.counts.any()


def test_nobody_is_told_of_what_is_not_said() -> None:
    hidden = replace(
        HISTORY, settings=replace(HISTORY.settings, never=tuple(HISTORY.features[k] for k in range(HISTORY.n_features)))
    )
    model = Additive(hidden)
    assert hidden.unsaid is not None
    assert not smallest_removals(model, hidden, questions(model, hidden), K).change.counts.any()


def test_until_an_item_leaves_the_list_takes_the_smallest_set() -> None:
    model = Additive(HISTORY)
    pairs = questions(model, HISTORY)
    against = Order(model, HISTORY).foil(pairs).items
    found = solve_until(model, HISTORY, pairs, against, Until.parse(f"leaves-top-{K}"))
    wanted = smallest_removals(model, HISTORY, pairs, K)
    assert found.counterfactual is not None
    np.testing.assert_array_equal(found.valid, wanted.reached)
    assert found.counterfactual.proved is not None
    assert found.counterfactual.proved.all()
    np.testing.assert_array_equal(found.change.dense()[wanted.reached], wanted.change.dense()[wanted.reached])
    impossible = np.flatnonzero(~wanted.reached)
    assert len(impossible)
    assert all("all sets were looked at" in found.notes[row] for row in impossible)


def test_until_is_proved_of_nobody_whose_words_could_move() -> None:
    model = Additive(BOTH)
    pairs = questions(model, BOTH)
    found = solve_until(model, BOTH, pairs, Order(model, BOTH).foil(pairs).items, Until.parse(f"leaves-top-{K}"))
    assert found.counterfactual.proved is not None
    assert not found.counterfactual.proved.any()


def test_what_was_handed_in_stays_where_it_is_not_wanted() -> None:
    model = Additive(HISTORY)
    pairs, wanted = questions(model, HISTORY), np.arange(12 * K) % 2 == 0
    before = HISTORY.user_features.select(pairs[:, 0])
    change, settled, proved = leave_whole(Order(model, HISTORY), pairs, K, wanted, Box.of(HISTORY), before, 2**29)
    np.testing.assert_array_equal(settled, wanted)
    np.testing.assert_array_equal(proved, wanted)
    np.testing.assert_array_equal(change.dense()[~wanted], before.dense()[~wanted])
