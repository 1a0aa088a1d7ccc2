"""PURE: both players' losses by the formulas, each moves alone, the risk is right where the prior is, and the groups are found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.pure import PURE

from ..worlds import planted_groups, small_world
from .drawn import draw_parameters

DATA = small_world()
USERS, ITEMS = (torch.from_numpy(column.copy()) for column in DATA.train[:6].T)
OTHERS = (ITEMS.repeat_interleave(2) + torch.arange(12) % 5 + 1) % DATA.n_items
NOISE = torch.randn(6, 3, generator=torch.Generator().manual_seed(8))


def drawn(**settings: object) -> PURE:
    made = PURE(PURE.Config(dim=3, hidden=4, negatives=2, **settings))
    made.prepare(DATA, RunOptions(seed=4))
    draw_parameters(made.network)
    return made


def loss(x: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(-x))


@pytest.mark.parametrize("prior", [0.0, 0.3, 0.95])
def test_both_losses_are_the_formulas(prior: float) -> None:
    """With the large prior the second part would be below 0, and is 0."""
    made = drawn(prior=prior, generated_share=0.4, weight_decay=0.2)
    with torch.no_grad():
        made.network.bias[ITEMS] += 6
    e, v, b, H, o, W = (part.detach().double().numpy() for part in made.network.parameters())
    u, i, j = USERS.numpy(), ITEMS.numpy(), OTHERS.numpy()
    f = e @ v.T + b[:, 0]
    written = np.tanh(np.concatenate([e[u], NOISE.double().numpy()], axis=1) @ H + o) @ W
    false = (e[u] * written).sum(axis=1)
    second = loss(-f[np.repeat(u, 2), j]).mean() - prior * loss(-f[u, i]).mean()
    assert (second < 0) or prior < 0.9
    wanted = prior * loss(f[u, i]).mean() + max(0, second) + 0.4 * loss(-false).mean()
    wanted += 0.2 * ((e[u] ** 2).sum() + (v[i] ** 2).sum()) / 2 / 6
    assert float(made.judging(USERS, ITEMS, OTHERS, NOISE).detach()) == pytest.approx(wanted, rel=1e-5)
    assert float(made.writing(USERS, NOISE).detach()) == pytest.approx(loss(false).mean(), rel=1e-5)


def test_each_player_moves_alone() -> None:
    made = drawn(prior=0.2)
    for found, movers in (
        (made.judging(USERS, ITEMS, OTHERS, NOISE), {"users", "items", "bias"}),
        (made.writing(USERS, NOISE), {"hidden", "offset", "out"}),
    ):
        made.network.zero_grad(set_to_none=True)
        found.backward()
        assert {name for name, p in made.network.named_parameters() if p.grad is not None and p.grad.any()} == movers


def test_the_risk_is_that_of_the_unseen_labels_where_the_prior_is_right() -> None:
    """Planted: of what was not taken 30 % would be liked. The PU risk, from likes and unlabelled alone, is the risk by true labels;
    with everything taken for disliked it is not."""
    rng = np.random.default_rng(0)
    n, prior = 200_000, 0.3
    liked = rng.random(n) < prior
    unlabelled = rng.normal(np.where(liked, 1.0, -1.0), 1.0)  # scores of items that were not taken
    taken = rng.normal(1.0, 1.0, n)  # and of those that were
    truth = np.where(liked, loss(unlabelled), loss(-unlabelled)).mean()
    risk = prior * loss(taken).mean() + loss(-unlabelled).mean() - prior * loss(-taken).mean()
    assert risk == pytest.approx(truth, rel=0.01)
    assert loss(-unlabelled).mean() > 1.2 * truth
    made = PURE(PURE.Config(dim=1, hidden=1, prior=prior, generated_share=0.0, weight_decay=0.0, negatives=1))
    made.prepare(DATA, RunOptions())
    with torch.no_grad():  # f of item 0 is .7, of item 1 -.4
        made.network.users.zero_()
        made.network.bias[:2, 0] = torch.tensor([0.7, -0.4])
    one = torch.zeros(1, dtype=torch.long)
    found = float(made.judging(one, one, one + 1, torch.zeros(1, 1)).detach())
    assert found == pytest.approx(prior * loss(0.7) + loss(0.4) - prior * loss(-0.7), rel=1e-5)


KEYS = {"dim": 8, "epochs": 30, "batch_size": 128, "learning_rate": 0.01, "patience": 0}


def test_it_learns_who_likes_what_together_and_generates_what_they_would_like() -> None:
    run = px.train(planted_groups(), baseline="pure", **KEYS)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.85
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3
    net, users = run.recommender.network, torch.arange(run.data.n_users)
    written = net.written(users, torch.randn(len(users), 8, generator=torch.Generator().manual_seed(1))).detach()
    nearest = torch.nn.functional.normalize(written) @ torch.nn.functional.normalize(net.items.detach()).t()
    groups = torch.tensor([int(name[1:]) % 4 for name in run.data.items.names])[nearest.argmax(dim=1)]
    own = torch.tensor([int(name[1:]) % 4 for name in run.data.users.names])
    assert (groups == own).float().mean() > 0.8  # chance .25


def test_without_a_prior_nothing_speaks_for_what_was_liked() -> None:
    found = px.evaluate(px.train(planted_groups(), baseline="pure", prior=0.0, **KEYS)).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] < 0.6
