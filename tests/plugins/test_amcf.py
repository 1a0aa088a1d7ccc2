"""AMCF: its loss and what it says by hand, aspects that people care about are found, and shielded factors stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.amcf import AMCF, AspectPreference
from pyexplain.recommenders import Term

from ..explainers.toys import world_with
from ..worlds import small_world
from .planted import found_share, planted_aspects

DATA = small_world()


def drawn(**settings: object) -> AMCF:
    made = AMCF(AMCF.Config(dim=3, hidden=4, **settings))
    made.prepare(DATA, RunOptions(seed=1))
    with torch.no_grad():
        for number, part in enumerate(made.network.parameters()):
            part.normal_(generator=torch.Generator().manual_seed(number))
    return made


def test_what_is_said_by_hand() -> None:
    """Item 0 has aspects 0 and 1, energies log 3 and 0: alpha = (3/4, 1/4). psi_0 = (1, 0), psi_1 = (.6, .8), p_u = (2, 1):
    preferences 2 and 2, so that they bring (3/4, 1/4) of the item's part; psi_2 . p_u = -2 is not told."""
    data = world_with([[1]], [[2, 4]])
    made = AMCF(AMCF.Config(dim=2, hidden=1))
    made.prepare(data, RunOptions())
    net = made.network
    with torch.no_grad():
        for part in net.parameters():
            part.zero_()
        net.users[0], net.items[0], net.bias[0] = torch.tensor([2.0, 1.0]), torch.tensor([3.0, 5.0]), 0.25
        net.aspects[:3] = torch.tensor([[4.0, 0.0], [3.0, 4.0], [-1.0, 0.0]])
        net.offset[0] = np.log(3)
    user, item = torch.tensor([0]), torch.tensor([0])
    assert float(made.scores(user, item)) == pytest.approx(2 * 3 + 5 + 0.25)
    assert made.item_attention(item)[0, :3].tolist() == pytest.approx([0.75, 0.25, 0])
    assert made.preferences(user)[0, :3].tolist() == pytest.approx([2, 2, -2])
    assert made.attention(user)[0, :3].tolist() == pytest.approx([0.5, 0.5, 0])
    explainer = AspectPreference()
    explainer.fit(made, data, RunOptions())
    found = explainer.explain(np.array([[0, 0]])).weights.dense()[0]
    assert found[:3].tolist() == pytest.approx([0.75, 0.25, 0])
    assert explainer.explain_users(np.array([0])).weights.dense()[0, :3].tolist() == pytest.approx([0.5, 0.5, 0])


@pytest.mark.parametrize("weight", [0.0, 0.7])
def test_the_loss_is_the_two_tasks_together(weight: float) -> None:
    made = drawn(interpretation=weight, weight_decay=0.2)
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:12].T)
    others = (items + 3) % DATA.n_items
    p, q, b, A, W, V, c = (part.detach().double().numpy() for part in made.network.parameters())
    psi = A / np.linalg.norm(A, axis=1, keepdims=True)
    both = np.concatenate([items, others])
    score = (np.tile(p[users], (2, 1)) * q[both]).sum(axis=1) + b[both, 0]
    far = []
    for item in both:
        own = np.flatnonzero(DATA.item_features.dense()[item] > 0)
        if len(own):
            energy = np.exp(np.maximum(q[item] @ W, 0) @ V[own].T + c[own, 0])
            far.append(np.linalg.norm(q[item] - (energy / energy.sum()) @ psi[own]))
    penalty = (p[users] ** 2).sum() + (q[both] ** 2).sum()
    wanted = np.log1p(np.exp(score[12:] - score[:12])).mean() + weight * np.mean(far) + 0.2 * penalty / 2 / 12
    found = made.loss(Term(users, items, others), torch.Generator())
    assert float(found.detach()) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("shield", [True, False])
def test_the_distance_moves_aspects_and_factors_only_where_they_are_not_shielded(shield: bool) -> None:
    made = drawn(shield=shield)
    items = torch.from_numpy(DATA.train[:12, 1].copy())
    made.distance(items, made.network.items[items]).backward()
    assert made.network.aspects.grad is not None
    assert made.network.aspects.grad.any()
    assert (made.network.items.grad is not None and bool(made.network.items.grad.any())) != shield


def preference(data: px.Dataset, **settings: object) -> tuple[AMCF, np.ndarray]:
    keys = {"dim": 16, "hidden": 16, "epochs": 60, "learning_rate": 0.01, "batch_size": 128, "patience": 0, "weight_decay": 0.1}
    made = AMCF(AMCF.Config(**keys, **settings))
    made.fit(data, RunOptions(seed=2))
    return made, made.attention(torch.arange(data.n_users)).numpy()


def test_it_finds_what_users_care_about_and_only_by_the_mapping() -> None:
    """Planted: two of ten aspects a user. Without the interpretation loss aspects point anywhere, and chance is left."""
    data, cares = planted_aspects()
    made, said = preference(data)
    assert found_share(said, cares) > 0.75
    assert found_share(preference(data, interpretation=0.0)[1], cares) < 0.4
    wrong = np.roll(cares, 1, axis=0)  # somebody else's
    assert found_share(said, wrong) < 0.4
    explainer = AspectPreference()
    explainer.fit(made, data, RunOptions())
    pairs = data.test
    weights = explainer.explain(pairs).weights.dense()
    has = data.item_features.select(pairs[:, 1]).dense() > 0
    best = weights.argmax(axis=1)
    able = (has[np.arange(len(pairs))[:, None], cares[pairs[:, 0]]]).any(axis=1) & (weights.max(axis=1) > 0)
    assert (best[:, None] == cares[pairs[:, 0]]).any(axis=1)[able].mean() > 0.75
    assert not weights[~has].any()
