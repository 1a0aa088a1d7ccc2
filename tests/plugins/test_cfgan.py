"""CFGAN: both players' losses by the formulas, each moves alone, and the game finds who likes what together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.cfgan import CFGAN, CFGANNetwork

from ..worlds import planted_groups, small_world
from .drawn import draw_parameters

DATA = small_world().with_kinds(["history"])


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def drawn(**settings: object) -> CFGAN:
    made = CFGAN(CFGAN.Config(hidden=3, **settings))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network)
    made.changed()
    return made


@pytest.mark.parametrize("saturating", [True, False])
def test_both_losses_are_the_formulas(saturating: bool) -> None:
    made = drawn(zero_weight=0.3, saturating=saturating)
    users = torch.arange(7)
    rows = made.history.rows(users)
    masks = made.masks(rows, torch.Generator().manual_seed(1))
    A, V, J, K, a, o, b, w, c = (
        made.network.get_parameter(name).detach().double().numpy()
        for name in ("taken", "given", "judged", "known", "inner", "offset", "bias", "out", "base")
    )
    r, k, zero = (part.double().numpy() for part in masks)
    assert not (r * k).any()
    assert not (r * zero).any()
    written = logistic(logistic(r @ A + a) @ V.T + b[:, 0])

    def judged(x: np.ndarray) -> np.ndarray:
        return logistic(logistic(x @ J + r @ K + o) @ w + c)

    judging = -np.log(judged(r)).mean() - np.log(1 - judged(written * r)).mean()
    told = judged(written * (r + k))
    game = np.log(1 - told).mean() if saturating else -np.log(told).mean()
    fooling = game + 0.3 * (written**2 * zero).sum(axis=1).mean()
    assert float(made.judging(rows, masks).detach()) == pytest.approx(judging, rel=1e-5)
    assert float(made.fooling(rows, masks).detach()) == pytest.approx(fooling, rel=1e-5)
    wanted = logistic(r @ A + a) @ V.T + b[:, 0]
    np.testing.assert_allclose(made.catalogue_scores(users), wanted, rtol=1e-4, atol=1e-5)
    pairs = torch.tensor([0, 3, 6]), torch.tensor([1, 0, 5])
    np.testing.assert_allclose(made.scores(*pairs), wanted[pairs[0].numpy(), pairs[1].numpy()], rtol=1e-4, atol=1e-5)


def test_each_player_moves_alone() -> None:
    made = drawn()
    rows = made.history.rows(torch.arange(7))
    masks = made.masks(rows, torch.Generator().manual_seed(1))
    of_G, of_D = {"taken", "given", "inner", "bias"}, {"judged", "known", "offset", "out", "base"}
    for loss, movers in ((made.judging, of_D), (made.fooling, of_G)):
        made.network.zero_grad(set_to_none=True)
        loss(rows, masks).backward()
        assert {name for name, p in made.network.named_parameters() if p.grad is not None and p.grad.any()} == movers


KEYS = {"hidden": 16, "epochs": 60, "batch_size": 32, "learning_rate": 0.005, "patience": 0}


def test_it_learns_who_likes_what_together() -> None:
    run = px.train(planted_groups(), baseline="cfgan", **KEYS)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.85
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3


def test_it_is_the_discriminator_who_teaches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against one who always says the same, the generator learns to write 0 and nothing else."""
    monkeypatch.setattr(
        CFGANNetwork, "judge", lambda self, vectors, *_, **__: (0 * self.out).sum() + vectors.new_zeros(len(vectors))
    )
    run = px.train(planted_groups(), baseline="cfgan", **KEYS)
    assert px.evaluate(run).to_dict()["runs"][0]["ranking"]["ndcg@10"] < 0.6
