"""Mult-VAE: its bound and its scores against the formulas, written again with torch's own parts, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.mult_vae import MultVAE
from pyexplain.recommenders import DenseEngine

from ..worlds import planted_groups, small_world

DATA = small_world().with_kinds(["history"])
X = np.zeros((DATA.n_users, DATA.n_items), np.float32)
X[DATA.train[:, 0], DATA.train[:, 1]] = 1
KNOWN = np.flatnonzero(X.any(axis=1))


def drawn(**settings: object) -> MultVAE:
    """With parameters of some size, so that tanh bends."""
    made = MultVAE(MultVAE.Config(dim=4, hidden=6, **settings))
    made.prepare(DATA, RunOptions(seed=3))
    with torch.no_grad():
        for part in made.network.parameters():
            part.normal_(generator=torch.Generator().manual_seed(1))
    made.changed()
    return made


def encoded(made: MultVAE, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    net = made.network
    h = torch.tanh(torch.nn.functional.normalize(x, dim=1) @ net.W1 + net.b1)
    mean, log_variance = (h @ net.W2 + net.b2).split(4, dim=1)
    return mean, log_variance


def decoded(made: MultVAE, z: torch.Tensor) -> torch.Tensor:
    net = made.network
    return torch.tanh(z @ net.W3 + net.b3) @ net.W4.T + net.b4


def test_scores_are_the_decoded_mean() -> None:
    made, x = drawn(), torch.from_numpy(X)
    wanted = decoded(made, encoded(made, x)[0]).detach()
    torch.testing.assert_close(made.catalogue_scores(torch.arange(DATA.n_users)), wanted, atol=1e-5, rtol=1e-5)
    users, items = torch.from_numpy(KNOWN[:8].copy()), torch.arange(8)
    torch.testing.assert_close(made.scores(users, items), wanted[users, items], atol=1e-5, rtol=1e-5)
    other = torch.rand(8, DATA.n_items, generator=torch.Generator().manual_seed(2))
    same_length = torch.nn.functional.normalize(other, dim=1) * x[users].norm(dim=1, keepdim=True)
    wanted = decoded(made, encoded(made, other)[0]).detach()[range(8), items]
    torch.testing.assert_close(made.scores(users, items, same_length), wanted, atol=1e-5, rtol=1e-5)


def test_the_bound_is_the_papers() -> None:
    """-log multinomial likelihood + weight KL, the divergence by torch.distributions; a row of noise for each user."""
    made = drawn(dropout=0.0)
    users = torch.from_numpy(KNOWN[:10].copy())
    x = torch.from_numpy(X)[users]
    mean, log_variance = encoded(made, x)
    noise = torch.randn(10, 4, generator=torch.Generator().manual_seed(9))
    z = mean + noise * torch.exp(log_variance / 2)
    likely = torch.distributions.Multinomial(logits=decoded(made, z), total_count=1, validate_args=False)
    counted = (x * likely.logits).sum()
    posterior = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    divergence = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum()
    made._dropped = lambda rows, g: rows  # its draws would come before those of the noise
    found = made.bound(users, 0.3, torch.Generator().manual_seed(9))
    assert float(found.detach()) == pytest.approx(float((0.3 * divergence - counted).detach()) / 10, rel=1e-4)


def test_entries_are_dropped_and_the_others_grow() -> None:
    made = drawn(dropout=0.25)
    rows = made.history.rows(torch.arange(DATA.n_users).repeat(50))
    left = made._dropped(rows, torch.Generator().manual_seed(0))
    assert len(left.values) / len(rows.values) == pytest.approx(0.75, abs=0.03)
    assert torch.allclose(left.values, torch.tensor(1 / 0.75))


def test_the_weight_of_the_divergence_grows() -> None:
    made = drawn(anneal_cap=0.4, anneal_steps=8, batch_size=10)
    weights: list[float] = []
    made.bound = lambda users, weight, generator: weights.append(weight) or made.network.b4.sum() * 0  # type: ignore
    made.config = made.config.model_copy(update={"epochs": 3, "patience": 0})
    one = made.epochs(DenseEngine(made.network, 0.1), DATA, RunOptions())
    assert one is not None
    for epoch in (1, 2, 3):
        one(epoch)
    steps = -(-len(KNOWN) // 10)
    assert weights == pytest.approx([0.4 * min(1, n / 8) for n in range(3 * steps)])


def test_it_learns_which_items_go_together() -> None:
    data = planted_groups()
    run = px.train(data, baseline="mult-vae", dim=8, hidden=32, epochs=60, batch_size=32)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.9
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3
