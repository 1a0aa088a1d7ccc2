"""Smallest sets as explanations: exact on linear scores, the same with --until, and ordered so that the set comes first."""

from __future__ import annotations

import numpy as np

from pyexplain import RunOptions
from pyexplain.explainers.order import Order
from pyexplain.explainers.types import NO_ITEM
from pyexplain.explainers.weights import sparse_weights
from pyexplain.plugins.removal import Removal

from ..explainers.toys import Additive, Linear, world_with
from ..worlds import small_world

HISTORY = small_world(n_users=25).with_kinds(("history",))


def fitted(model: object, data: object, **settings: object) -> Removal:
    explainer = Removal(Removal.Config(**settings))
    explainer.fit(model, data, RunOptions())
    return explainer


def test_by_hand() -> None:
    """The margin is 3 * 4 - 1 * 2 + 2 * 1 = 12: all of it goes with feature 0, and a tie turns nothing; with 2, too, it is -2."""
    data = world_with([[4, 2, 1]])
    model = Linear(data, [[3, -1, 2], [0, 0, 0]])
    found = fitted(model, data).explain(np.array([[0, 0]]), np.array([1]))
    assert found.change.dense()[0, :3].tolist() == [-4, 0, -1]
    assert (found.margin_before[0], found.margin_after[0], found.valid[0]) == (12, -2, True)
    np.testing.assert_allclose(found.weights.dense()[0, :3], [36, 0, 26], rtol=1e-5)
    signed = fitted(model, data, signed=True).explain(np.array([[0, 0]]), np.array([1]))
    np.testing.assert_allclose(signed.weights.dense()[0, :3], [36, -2, 26], rtol=1e-5)


def test_until_the_item_leaves_the_list() -> None:
    model = Additive(HISTORY)
    order = Order(model, HISTORY)
    items, _ = order.best(np.arange(12), 5)
    pairs, against = np.stack([np.repeat(np.arange(12), 4), items[:, :4].ravel()], axis=1), np.repeat(items[:, 4], 4)
    found = fitted(model, HISTORY, leaves=4).explain(pairs, against)
    assert found.until == "leaves-top-4"
    assert found.counterfactual.proved.all()
    assert 0 < found.valid.sum() < len(pairs)
    first = found.top(1)[:, 0]
    assert all(found.change.dense()[row, first[row]] == -1 for row in np.flatnonzero(found.valid))


def test_a_list_is_the_mean_of_its_items() -> None:
    model = Additive(HISTORY)
    explainer, order = fitted(model, HISTORY, signed=True), Order(model, HISTORY)
    users = np.array([3, 0])
    found = explainer.explain_lists(users, 3)
    assert found.users.tolist() == [3, 0]
    assert (found.items == NO_ITEM).all()
    items, _ = order.best(users, 4)
    for row, user in enumerate(users.tolist()):
        pairs = np.stack([np.full(3, user), items[row, :3]], axis=1)
        alone = explainer.explain(pairs, np.repeat(items[row, 3], 3)).weights.dense().mean(axis=0)
        np.testing.assert_allclose(found.weights.dense()[row], sparse_weights(alone[None], signed=True).dense()[0], atol=1e-5)


def test_a_list_of_the_whole_catalogue() -> None:
    """There is nothing behind it: the last item stands for what is, and the first for the last."""
    model = Additive(HISTORY)
    found = fitted(model, HISTORY).explain_lists(np.arange(4), HISTORY.n_items + 5)
    assert found.weights.values.any()
    assert len(fitted(model, HISTORY).explain_lists(np.arange(0), 5)) == 0
