"""IRGAN: the draws' gradient is that of the expected reward, both players' losses by hand, and the game alone finds the groups."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.irgan import IRGAN

from ..worlds import planted_groups, small_world
from .drawn import draw_parameters

DATA = small_world()


def drawn(**settings: object) -> IRGAN:
    made = IRGAN(IRGAN.Config(dim=3, weight_decay=0.0, temperature=0.7, **settings))
    made.prepare(DATA, RunOptions(seed=4))
    made.likes = DATA.liked
    draw_parameters(made.network)
    return made


def tables(made: IRGAN) -> tuple[np.ndarray, np.ndarray]:
    """P [U, I] and f [U, I], by the formulas."""
    found = []
    for player in (made.network.generator, made.network.discriminator):
        p, q, b = (part.detach().double().numpy() for part in player.parameters())
        found.append(p @ q.T + b[:, 0])
    chances = np.exp(found[0] / 0.7)
    return chances / chances.sum(axis=1, keepdims=True), found[1]


@pytest.mark.parametrize("liked_share", [0.0, 0.5])
def test_the_policy_gradient_is_that_of_the_expected_reward(liked_share: float) -> None:
    """E of V(j) under P, derived in g exactly: P_j (V_j - E) / tau for a user; many draws come near."""
    made = drawn(liked_share=liked_share, samples=60_000)
    user, item = 3, int(DATA.train[DATA.train[:, 0] == 3, 1][0])
    made.climbing(torch.tensor([user]), torch.tensor([item]), torch.Generator().manual_seed(1)).backward()
    P, f = tables(made)
    V = np.log1p(np.exp(f[user]))
    wanted = P[user] * (V - P[user] @ V) / 0.7
    found = -made.network.generator.bias.grad[:, 0].double().numpy()
    np.testing.assert_allclose(found, wanted, atol=0.02 * np.abs(wanted).max() + 2e-3)
    assert np.abs(wanted).max() > 0.1
    assert made.network.discriminator.bias.grad is None


def test_the_discriminator_falls_its_error_on_what_is_drawn() -> None:
    made = drawn()
    users = torch.full((40_000,), 3)
    items = torch.from_numpy(DATA.train[DATA.train[:, 0] == 3, 1][:1].copy()).repeat(len(users))
    found = float(made.judging(users, items, torch.Generator().manual_seed(1)).detach())
    P, f = tables(made)
    wanted = np.log1p(np.exp(-f[3, int(items[0])])) + P[3] @ np.log1p(np.exp(f[3]))
    assert found == pytest.approx(wanted, rel=0.01)
    made.judging(users[:9], items[:9], torch.Generator()).backward()
    assert all(p.grad is None for p in made.network.generator.parameters())


def test_what_is_uniform_over_likes() -> None:
    made = drawn()
    users = torch.tensor([4, 0, 4])
    found = made._uniform(users, DATA.n_items).numpy()
    for row, user in zip(found, users.tolist(), strict=True):
        liked = np.unique(DATA.train[DATA.train[:, 0] == user, 1])
        assert np.flatnonzero(row).tolist() == liked.tolist()
        assert row[liked] == pytest.approx(1 / len(liked))


KEYS = {"dim": 8, "epochs": 30, "batch_size": 128, "learning_rate": 0.01, "patience": 0, "pretraining_epochs": 0}


def ndcg() -> tuple[float, float]:
    found = px.evaluate(px.train(planted_groups(), baseline="irgan", **KEYS)).to_dict()["runs"][0]
    return found["ranking"]["ndcg@10"], found["controls"]["item-popularity"]["ranking"]["ndcg@10"]


def test_the_game_alone_finds_who_likes_what_together() -> None:
    found, popular = ndcg()
    assert found > 0.85
    assert found > popular + 0.3


def test_a_discriminator_who_does_not_move_teaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IRGAN, "judging", lambda self, *_: (0 * self.network.discriminator.bias).sum())
    assert ndcg()[0] < 0.6
