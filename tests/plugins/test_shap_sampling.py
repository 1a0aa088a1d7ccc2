"""Shapley values: by hand for two features that work together, exact against sampled, efficiency, independence of the batch."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import torch

from pyexplain import RunOptions
from pyexplain.margin import Coalitions
from pyexplain.plugins.shap_sampling import ShapSampling
from pyexplain.recommenders import Recommender
from pyexplain.registry import load_registry

from ..explainers.toys import world_with
from ..worlds import small_world

DATA = small_world()


class Together(Recommender):
    """R(u, i) = f_u[0] + 3 where f_u[0] and f_u[1] are both there, for item 0; nothing for others."""

    name = "together"

    def scores(self, users, items, user_features=None, item_features=None):
        f = torch.from_numpy(self.data.user_features.dense())[users] if user_features is None else user_features
        return torch.where(items == 0, f[:, 0] + 3.0 * ((f[:, 0] > 0) & (f[:, 1] > 0)), 0.0)


def together(rows: list[list[float]]) -> tuple[Together, object]:
    model, data = Together(), world_with(rows)
    model.data = data
    return model, data


def asked_of(model: Recommender, data, n: int) -> Coalitions:
    return Coalitions(model, data, np.array([[u, 0] for u in range(n)]), np.ones(n, np.int64), 2**20)


def test_two_features_share_what_they_bring_together() -> None:
    model, data = together([[2, 5, 1]])
    for config in (ShapSampling.Config(exact=12), ShapSampling.Config(exact=0, orders=50)):
        found = ShapSampling(config).values(asked_of(model, data, 1))[0]
        np.testing.assert_allclose(found, [2 + 1.5, 1.5, 0], atol=1e-6)  # the reverse of an order makes the shares equal


def test_exact_values_are_the_mean_over_all_orders() -> None:
    cls = load_registry(strict=True).get("recommender", "vbpr")
    recommender = cls(cls.Config(dim=8, epochs=20, batch_size=32, patience=0, learning_rate=0.01))
    recommender.fit(DATA, RunOptions(seed=2))
    asked = Coalitions(recommender, DATA, DATA.test[:1], (DATA.test[:1, 1] + 3) % DATA.n_items, 2**20)
    s = int(asked.real[0].sum())
    assert 2 <= s <= 5
    wanted = np.zeros(s)
    orders = list(permutations(range(s)))
    for order in orders:
        kept = np.zeros((s + 1, asked.real.shape[1]), dtype=bool)
        for place, k in enumerate(order):
            kept[place + 1 :, k] = True
        wanted[list(order)] += np.diff(asked.margins(np.zeros(s + 1, np.int64), kept)) / len(orders)
    np.testing.assert_allclose(ShapSampling().values(asked)[0, :s], wanted, atol=1e-5)


def test_values_add_up_to_what_the_features_change_exact_or_not() -> None:
    cls = load_registry(strict=True).get("recommender", "nar")
    recommender = cls(cls.Config(dim=8, epochs=20, batch_size=32, patience=0, learning_rate=0.01))
    recommender.fit(DATA, RunOptions(seed=2))
    asked = Coalitions(recommender, DATA, DATA.test, (DATA.test[:, 1] + 3) % DATA.n_items, 2**20)
    every = np.arange(len(DATA.test))
    change = asked.margins(every, asked.real) - asked.margins(every, np.zeros_like(asked.real))
    for config in (ShapSampling.Config(exact=12), ShapSampling.Config(exact=0, orders=1)):
        np.testing.assert_allclose(ShapSampling(config).values(asked).sum(axis=1), change, atol=1e-4)
    assert np.abs(change).max() > 0.01


def test_rows_do_not_depend_on_the_batch_or_on_memory() -> None:
    model, data = together([[2, 5, 1], [1, 0, 3, 4], [0]])
    made = []
    for memory in (2**20, 1):
        explainer = ShapSampling(ShapSampling.Config(exact=0, orders=2))
        explainer.fit(model, data, RunOptions(max_memory=memory))
        made.append(explainer)
    pairs, against = np.array([[0, 0], [1, 0], [2, 0]]), np.array([1, 1, 1])
    whole = made[0].explain(pairs, against).weights.dense()
    alone = [made[1].explain(pairs[k : k + 1], against[k : k + 1]).weights.dense()[0] for k in range(3)]
    np.testing.assert_allclose(whole, np.array(alone), atol=1e-6)
    assert not whole[2].any()
