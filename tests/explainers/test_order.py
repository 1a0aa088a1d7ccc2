"""The full order of the catalogue: what is first, where an item stands, which item comes next; for any recommender."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain import RunError
from pyexplain.data.sparse import SparseRows
from pyexplain.explainers import choose_against
from pyexplain.explainers.order import Order, first
from pyexplain.recommenders import Recommender

from ..worlds import small_world
from .toys import Relu

DATA = small_world()
LIKED = [set(DATA.train[DATA.train[:, 0] == user, 1].tolist()) for user in range(DATA.n_users)]
EVERY = np.stack(np.meshgrid(np.arange(DATA.n_users), np.arange(DATA.n_items), indexing="ij"), axis=-1).reshape(-1, 2)


class Table(Recommender):
    """Scores read from a table [U, I]; with features, the sum of f_u is added to item 0 and that of f_i to the item."""

    name = "table-toy"

    def __init__(self, table: np.ndarray) -> None:
        super().__init__()
        self.table = torch.from_numpy(table.astype(np.float32))

    def scores(self, users: Tensor, items: Tensor, user_features=None, item_features=None) -> Tensor:
        found = self.table[users, items]
        if user_features is not None:
            found = found + user_features.sum(dim=1) * (items == 0)
        return found if item_features is None else found + item_features.sum(dim=1)


def with_ties(seed: int = 0) -> Table:
    return Table(np.random.default_rng(seed).integers(0, 7, (DATA.n_users, DATA.n_items)))


RECOMMENDERS = {
    "network": lambda: Relu(DATA),
    "ties": with_ties,
    "distinct": lambda: Table(np.random.default_rng(1).random((DATA.n_users, DATA.n_items))),
}


def by_hand(recommender: Recommender, user: int) -> np.ndarray:
    """Scores [I] by the recommender's own scores(), -inf where liked."""
    items = torch.arange(DATA.n_items)
    with torch.no_grad():
        scores = recommender.scores(torch.full_like(items, user), items).numpy().copy()
    scores[list(LIKED[user])] = -np.inf
    return scores


@pytest.mark.parametrize("name", RECOMMENDERS)
@pytest.mark.parametrize("memory", [1, 2**28])
def test_the_best_are_what_sorting_all_scores_gives(name: str, memory: int) -> None:
    recommender = RECOMMENDERS[name]()
    items, scores = Order(recommender, DATA, memory).best(np.arange(DATA.n_users), 8)
    for user in range(DATA.n_users):
        wanted = by_hand(recommender, user)
        np.testing.assert_array_equal(items[user], np.argsort(-wanted, kind="stable")[:8])
        np.testing.assert_allclose(scores[user], wanted[items[user]], rtol=1e-5, atol=1e-4)


def test_where_there_are_fewer_the_list_ends() -> None:
    items, scores = Order(with_ties(), DATA).best(np.array([3]), DATA.n_items + 2)
    there = DATA.n_items - len(LIKED[3])
    assert (items[0, :there] >= 0).all()
    assert (items[0, there:] == -1).all()
    assert np.isneginf(scores[0, there:]).all()


@pytest.mark.parametrize("name", RECOMMENDERS)
@pytest.mark.parametrize("memory", [1, 2**28])
def test_places_next_items_and_the_items_below_are_what_looking_at_all_gives(name: str, memory: int) -> None:
    recommender = RECOMMENDERS[name]()
    order, k = Order(recommender, DATA, memory), 5
    places, foil, below = order.place(EVERY), order.foil(EVERY, k), order.below(EVERY)
    every_score = [by_hand(recommender, user) for user in range(DATA.n_users)]
    for row, (user, item) in enumerate(EVERY.tolist()):
        others = every_score[user].copy()
        own = float(recommender.scores(torch.tensor([user]), torch.tensor([item])))
        others[item] = -np.inf
        assert places[row] == 1 + (others >= own).sum()  # ties count against the item
        lower = np.where(others < own, others, -np.inf)
        following = int(lower.argmax()) if np.isfinite(lower).any() else -1
        in_order = np.argsort(-others, kind="stable")
        assert foil.why_not[row] == (places[row] > k)
        assert foil.items[row] == (in_order[k - 1] if places[row] > k else following)
        assert foil.place[row] == places[row]
        lowest = int(np.where(np.isneginf(others), np.inf, others).argmin())
        assert below[row] == (following if following >= 0 else lowest)
    np.testing.assert_array_equal(choose_against(recommender, DATA, EVERY, seed=5), below)
    np.testing.assert_array_equal(choose_against(recommender, DATA, EVERY, 1, n_sampled=3), below)


def test_scores_at_other_features() -> None:
    """Item 0 gains what f_u sums to, the pair's own item what its f_i sums to."""
    order = Order(Table(np.tile(np.arange(DATA.n_items), (DATA.n_users, 1))), DATA)
    users = np.array([0, 7])
    rows = SparseRows.from_dense(np.array([[100.0] + [0] * 7, [0.0] * 8]))
    found = order.scores(users, rows)
    assert (found[0, 0], found[1, 0]) == (-np.inf if 0 in LIKED[0] else 100, -np.inf if 0 in LIKED[7] else 0)
    pairs = np.array([[0, 0], [7, 0]])
    assert order.place(pairs, rows).tolist() == [1, DATA.n_items - len(LIKED[7] - {0})]
    assert order.place(pairs, None, rows).tolist() == [1, DATA.n_items - len(LIKED[7] - {0})]


@pytest.mark.parametrize("fast", [True, False])
def test_a_network_at_other_features_scores_as_it_says_itself(fast: bool) -> None:
    recommender, rng = Relu(DATA, fast=fast), np.random.default_rng(3)
    users = np.array([4, 4, 11])
    dense = (rng.random((3, DATA.n_features)) * rng.integers(0, 2, (3, DATA.n_features))).astype(np.float32)
    found = Order(recommender, DATA).scores(users, SparseRows.from_dense(dense))
    for row, user in enumerate(users.tolist()):
        items = torch.arange(DATA.n_items)
        wanted = recommender.scores(torch.full_like(items, user), items, torch.from_numpy(dense[row]).expand(len(items), -1))
        open_ = np.isfinite(found[row])
        np.testing.assert_allclose(found[row][open_], wanted.detach().numpy()[open_], rtol=1e-4, atol=1e-5)
    pairs = np.stack([users, np.array([1, 2, 3])], axis=1)
    items = torch.from_numpy(pairs[:, 1].copy())
    changed = SparseRows.from_dense(rng.random((3, DATA.n_features)))
    own = recommender.scores(torch.from_numpy(users), items, None, torch.from_numpy(changed.dense())).detach().numpy()
    wanted = [1 + int((np.delete(by_hand(recommender, u), i) >= s).sum()) for (u, i), s in zip(pairs.tolist(), own, strict=True)]
    assert Order(recommender, DATA).place(pairs, None, changed).tolist() == wanted


def test_a_recommender_that_overrides_scores_is_asked_by_them() -> None:
    """The network alone does not tell what a subclass makes of it."""

    class Reversed(Relu):
        def scores(self, users, items, user_features=None, item_features=None):
            return -self.model.scores(users, items, user_features, item_features)

    ahead, behind = (Order(cls(DATA), DATA).scores(np.arange(3)) for cls in (Relu, Reversed))
    open_ = np.isfinite(ahead)
    np.testing.assert_allclose(ahead[open_], -behind[open_], rtol=1e-5, atol=1e-4)


def test_who_liked_everything_else_gets_the_neighbour() -> None:
    liked = np.stack([np.zeros(DATA.n_items - 1, np.int64), np.arange(1, DATA.n_items)], axis=1)
    data = replace(DATA, train=liked)
    assert choose_against(with_ties(), data, np.array([[0, 0]]), 0).tolist() == [1]
    assert Order(with_ties(), data).foil(np.array([[0, 0]])).items.tolist() == [-1]
    assert Order(with_ties(), data).place(np.array([[0, 0]])).tolist() == [1]


def test_no_pair_and_no_user() -> None:
    order = Order(Relu(DATA), DATA)
    none = np.zeros((0, 2), np.int64)
    assert order.place(none).shape == order.below(none).shape == order.foil(none).items.shape == (0,)
    assert order.best(none[:, 0], 4)[0].shape == (0, 4)
    assert order.scores(none[:, 0]).shape == (0, DATA.n_items)


def test_scores_that_are_not_finite_are_refused() -> None:
    table = np.zeros((DATA.n_users, DATA.n_items))
    table[2, 3] = np.nan
    with pytest.raises(RunError, match="1 not finite"):
        Order(Table(table), DATA).best(np.array([2]), 3)


def test_what_a_recommender_hands_out_is_not_written_into() -> None:
    class Whole(Table):
        def catalogue_scores(self, users: Tensor, user_features=None) -> Tensor:
            return self.table

    recommender = Whole(np.random.default_rng(0).random((DATA.n_users, DATA.n_items)))
    before = recommender.table.clone()
    Order(recommender, DATA).best(np.arange(DATA.n_users), 3)
    assert torch.equal(recommender.table, before)


def test_first_of_equal_scores_is_the_lower_number() -> None:
    scores = np.array([[1, 3, 3, 2, 3, 2], [0, 0, 0, 0, 0, 0]], dtype=np.float32)
    assert first(scores, 4).tolist() == [[1, 2, 4, 3], [0, 1, 2, 3]]


def test_who_is_known_is_scored_once() -> None:
    recommender = with_ties()
    asked: list[int] = []
    scores = recommender.scores
    recommender.scores = lambda users, *rest: asked.append(len(users)) or scores(users, *rest)  # type: ignore[method-assign]
    order, users = Order(recommender, DATA), np.array([5, 3])
    known, pairs = order.knowing(users), np.array([[3, 0], [5, 1], [3, 2]])
    before = len(asked)
    assert np.array_equal(known.best(users, 4)[0], order.best(users, 4)[0])
    assert len(asked) > before  # by the order that knows nobody
    before = len(asked)
    for _ in range(2):  # what was given out has been written into
        assert np.array_equal(known.scores(users)[0], known.knowing(users[:1]).scores(np.array([5]))[0])
    found = known.place(pairs), known.foil(pairs, 3).items, known.below(pairs)
    assert len(asked) == before
    assert all(
        np.array_equal(a, b)
        for a, b in zip(found, (order.place(pairs), order.foil(pairs, 3).items, order.below(pairs)), strict=True)
    )
    assert np.array_equal(known.best(np.array([1]), 4)[0], order.best(np.array([1]), 4)[0])  # and others as ever
    assert Order(recommender, DATA, 1).knowing(users).scores(users).shape == (2, DATA.n_items)
