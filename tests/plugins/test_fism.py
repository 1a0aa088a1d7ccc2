"""FISM: its score and its loss by hand, and that it learns which items go together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.fism import FISM
from pyexplain.recommenders import Term

from ..worlds import planted_groups, small_world

DATA = small_world().with_kinds(["history"])


def test_the_score_by_hand() -> None:
    """u likes two items with p = (1, 0) and (0, 2), i has q = (3, 1) and b = 0.5: 0.5 + (3 + 2) / sqrt(2)."""
    user = int(np.flatnonzero(np.bincount(DATA.train[:, 0]) >= 2)[0])
    liked = DATA.train[DATA.train[:, 0] == user, 1][:2]
    made = FISM(FISM.Config(dim=2, alpha=0.5))
    made.prepare(DATA, RunOptions())
    item = next(i for i in range(DATA.n_items) if i not in liked)
    with torch.no_grad():
        made.network.taken.zero_()
        made.network.taken[liked] = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
        made.network.given[item], made.network.bias[item] = torch.tensor([3.0, 1.0]), 0.5
    made.changed()
    length = np.sum(DATA.train[:, 0] == user)
    found = made.scores(torch.tensor([user]), torch.tensor([item]))
    assert float(found) == pytest.approx(0.5 + 5 / length**0.5, rel=1e-6)
    history = torch.zeros(1, DATA.n_items)
    history[0, liked[0]] = 1  # one of the two is taken away; the divisor stays
    assert float(made.scores(torch.tensor([user]), torch.tensor([item]), history)) == pytest.approx(0.5 + 3 / length**0.5, rel=1e-6)


@pytest.mark.parametrize("loss", ["auc", "bpr"])
def test_the_loss_is_the_papers_with_the_pair_out_of_its_history(loss: str) -> None:
    config = FISM.Config(dim=4, alpha=0.7, loss=loss, beta=0.3, gamma=0.2)
    made = FISM(config)
    made.prepare(DATA, RunOptions(seed=5))
    with torch.no_grad():
        for part in made.network.parameters():
            part.normal_(generator=torch.Generator().manual_seed(1))
    pairs = DATA.train[:9]
    others = (pairs[:, 1] + 3) % DATA.n_items
    P, Q, b = (part.detach().double().numpy() for part in made.network.parameters())
    wanted = []
    for (user, item), other in zip(pairs, others, strict=True):
        left = [k for k in DATA.train[DATA.train[:, 0] == user, 1] if k != item]
        past = P[left].sum(axis=0) / max(1, len(left)) ** 0.7
        lead = (b[item, 0] + past @ Q[item]) - (b[other, 0] + past @ Q[other])
        wanted.append((1 - lead) ** 2 / 2 if loss == "auc" else np.log1p(np.exp(-lead)))
    penalty = (0.3 * ((P**2).sum() + (Q**2).sum()) + 0.2 * (b**2).sum()) / 2 / len(DATA.train)
    batch = Term(*(torch.from_numpy(np.ascontiguousarray(c)) for c in (*pairs.T, others)))
    assert float(made.loss(batch, torch.Generator()).detach()) == pytest.approx(np.mean(wanted) + penalty, rel=1e-5)


def test_it_learns_which_items_go_together() -> None:
    data = planted_groups()
    run = px.train(data, baseline="fism", dim=8, epochs=40, batch_size=64)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.85
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3
