"""Influences on a user's latent vector: against the whole Hessian, and against a model trained again without the item."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain.data import Events
from pyexplain.explainers.influences import Influences

from ..worlds import small_world
from .toys import Additive

DATA = small_world(n_users=25).with_kinds(("history",))
USERS = np.array([3, 0, 7])


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_against_the_whole_hessian() -> None:
    model, events = Additive(DATA), Events.of(DATA)
    items = np.array([[1, 4], [2, 9], [5, 5]])
    found = Influences.of(model, events, USERS, damping=0.05)
    got = found.on(items)
    for row, user in enumerate(USERS.tolist()):
        liked = DATA.liked.items[DATA.liked.offsets[user] : DATA.liked.offsets[user + 1]]
        v = model.given[liked].double().numpy()
        scores = model.scores(torch.full((len(liked),), user), torch.from_numpy(liked)).double().numpy()
        s = logistic(scores)
        hessian = (v * (s * (1 - s))[:, None]).T @ v + 0.05 * (v**2).sum(axis=1).mean() * np.eye(v.shape[1])
        for place, item in enumerate(items[row].tolist()):
            wanted = model.given[item].double().numpy() @ np.linalg.solve(hessian, (v * (1 - s)[:, None]).T)
            np.testing.assert_allclose(got[row, place, : len(liked)], wanted, rtol=1e-4, atol=1e-6)
            assert not got[row, place, len(liked) :].any()


def test_the_sign_and_the_size_of_training_again() -> None:
    """z that minimises the log loss of the liked items with a penalty, and without the first of them: the first step of Newton's
    method from there, so nearly the same."""
    g = np.random.default_rng(0)
    v, lam = g.normal(0, 1, (5, 3)), 2.0

    def trained(rows: np.ndarray) -> np.ndarray:
        z = np.zeros(3)
        for _ in range(50):
            s = logistic(rows @ z)
            z += np.linalg.solve((rows * (s * (1 - s))[:, None]).T @ rows + lam * np.eye(3), rows.T @ (1 - s) - lam * z)
        return z

    z, without = trained(v), trained(v[1:])
    s, x = logistic(v @ z), g.normal(0, 1, 3)
    made = Influences.__new__(Influences)
    facts = {"slopes": v[None], "missing": (1 - s)[None], "liked": np.ones((1, 5), bool), "damping": lam / (v**2).sum() * 5}
    for name, value in facts.items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "scored", lambda items: (None, x[None, None]))
    estimate = made.on(np.zeros((1, 1), np.int64))[0, 0, 0]
    np.testing.assert_allclose(estimate, x @ (z - without), rtol=0.2)


def test_of_users_without_events() -> None:
    data = small_world(n_users=25)
    model, events = Additive(data), Events.of(data)
    nobody = np.array([int(np.argmin(np.diff(events.offsets)))])
    assert np.isfinite(Influences.of(model, events, nobody, 0.01).on(np.array([[0]]))).all()
