"""PRINCE: walks against the inverse of the matrix, without the user's edges against a graph without them, sets by trying all."""

from __future__ import annotations

import itertools

import numpy as np

from pyexplain import RunOptions
from pyexplain.plugins.prince import Prince, smallest_set

from ..explainers.toys import Additive, all_pairs
from ..worlds import small_world

HISTORY = small_world(n_users=25).with_kinds(("history",))
MODEL, (PAIRS, AGAINST) = Additive(HISTORY), all_pairs(HISTORY, 40)
U = HISTORY.n_users


def fitted(memory: int = 2**29, **settings: object) -> Prince:
    explainer = Prince(Prince.Config(**settings))
    explainer.fit(MODEL, HISTORY, RunOptions(max_memory=memory))
    return explainer


def walks(graph: np.ndarray, alpha: float) -> np.ndarray:
    return alpha * np.linalg.inv(np.eye(len(graph)) - (1 - alpha) * graph)


def test_the_graph_and_its_walks() -> None:
    explainer = fitted()
    graph = explainer.graph.to_dense().double().numpy()
    np.testing.assert_allclose(graph.sum(axis=1), 1, rtol=1e-6)
    assert (graph[0] > 0).sum() == 1 + HISTORY.user_features.counts[0]
    targets = np.array([U + 3, 0, U + 7])
    np.testing.assert_allclose(explainer._stopping_at(targets), walks(graph, 0.15)[:, targets], atol=2e-6)


def test_without_the_edges_of_the_user() -> None:
    """Walks that come to u stay there, as in a graph in which u has a loop alone."""
    explainer, user, items = fitted(), 4, np.array([[2, 9]])
    graph = explainer.graph.to_dense().double().numpy()
    graph[user] = np.eye(len(graph))[user]
    past = HISTORY.user_features.row(user)[0][None]
    wanted = walks(graph, 0.15)[U + past[0]][:, U + items[0]].T
    np.testing.assert_allclose(explainer._without_user(np.array([user]), past, items)[0], wanted, atol=3e-6)
    narrow = fitted(memory=1)._without_user(np.array([user]), past, items)
    np.testing.assert_allclose(narrow[0], wanted, atol=3e-6)


def test_the_smallest_set_is_what_trying_all_finds() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        size, rivals = int(rng.integers(1, 7)), int(rng.integers(1, 4))
        worth, there = rng.normal(0.3, 1, (1, rivals, size)), np.ones((1, size), bool)
        found = smallest_set(worth, np.ones((1, rivals), bool), there)[0]
        sizes = [
            len(gone)
            for count in range(1, size)
            for gone in itertools.combinations(range(size), count)
            if (np.delete(worth[0], gone, axis=1).sum(axis=1) < 0).any()
        ]
        assert found.sum() == min(sizes, default=0)


def test_who_does_not_count_and_who_may_not_go() -> None:
    worth = np.array([[[5.0, -1.0, -2.0], [1.0, -9.0, 0.0]]])
    every = np.ones((1, 3), bool)
    assert smallest_set(worth, np.array([[True, False]]), every).tolist() == [[True, False, False]]
    assert not smallest_set(worth, np.array([[False, False]]), every).any()
    assert not smallest_set(np.array([[[5.0, -1.0]]]), np.array([[True]]), np.array([[True, False]])).any()  # never all


def test_what_is_told() -> None:
    found = fitted(signed=True).explain(PAIRS, AGAINST)
    own = HISTORY.user_features.dense()[PAIRS[found.weights.row_indices(), 0], found.weights.indices]
    assert (own == 1).all()
    assert (found.weights.values < 0).any()
    assert set(found.change.values.tolist()) == {-1.0}
    assert (found.change.counts < HISTORY.user_features.counts[PAIRS[:, 0]]).all()
    more = fitted(rivals=8).explain(PAIRS, AGAINST)
    assert (more.change.counts > 0).sum() >= (found.change.counts > 0).sum()
    assert (more.weights.values > 0).all()
