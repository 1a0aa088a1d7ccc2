"""LightGCN: its embeddings against powers of the normalised adjacency matrix, its gradient, and that it learns from neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.lightgcn import LightGCN
from pyexplain.recommenders import Term

from ..worlds import planted_groups, small_world

DATA = small_world().with_kinds(["history"])


def smoothing(layers: int) -> np.ndarray:
    """(I + A + ... + A^K) / (K + 1) of the whole graph [U + I, U + I], A = D^-1/2 adjacency D^-1/2; equations (7) and (8)."""
    n = DATA.n_users + DATA.n_items
    adjacency = np.zeros((n, n))
    adjacency[DATA.train[:, 0], DATA.n_users + DATA.train[:, 1]] = 1
    adjacency += adjacency.T
    root = np.diag(1 / np.sqrt(np.maximum(1, adjacency.sum(axis=1))))
    A = root @ adjacency @ root
    return sum(np.linalg.matrix_power(A, k) for k in range(layers + 1)) / (layers + 1)


def everything(made: LightGCN) -> np.ndarray:
    return torch.cat([made.network.users, made.network.items]).detach().double().numpy()


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_scores_are_products_of_smoothed_embeddings(layers: int) -> None:
    made = LightGCN(LightGCN.Config(dim=5, layers=layers))
    made.prepare(DATA, RunOptions(seed=2))
    smooth = smoothing(layers) @ everything(made)
    wanted = smooth[: DATA.n_users] @ smooth[DATA.n_users :].T
    users, items = np.divmod(np.arange(wanted.size), DATA.n_items)
    found = made.scores(torch.from_numpy(users), torch.from_numpy(items)).numpy().reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(made.catalogue_scores(torch.arange(DATA.n_users)), wanted, atol=1e-6)


def test_the_loss_and_its_gradient_are_those_of_the_dense_formula() -> None:
    made = LightGCN(LightGCN.Config(dim=5, layers=2, weight_decay=0.1))
    made.prepare(DATA, RunOptions(seed=2))
    users, items = (torch.from_numpy(column.copy()) for column in DATA.train[:20].T)
    others = (items + 3) % DATA.n_items
    loss = made.loss(Term(users, items, others), torch.Generator())
    loss.backward()
    first = torch.from_numpy(everything(made)).requires_grad_()
    smooth = torch.from_numpy(smoothing(2)) @ first
    u, i, j = (smooth[numbers] for numbers in (users, DATA.n_users + items, DATA.n_users + others))
    rows = torch.cat([first[users], first[DATA.n_users + items], first[DATA.n_users + others]])
    wanted = -torch.nn.functional.logsigmoid((u * (i - j)).sum(dim=1)).mean() + 0.1 * rows.square().sum() / 2 / len(users)
    wanted.backward()
    assert float(loss.detach()) == pytest.approx(float(wanted.detach()), rel=1e-5)
    found = torch.cat([made.network.users.grad, made.network.items.grad])
    torch.testing.assert_close(found.double(), first.grad, atol=1e-6, rtol=1e-4)


def test_what_a_history_brings_is_taken_out_of_the_users_own_layers() -> None:
    """Without item k e_u loses |N_u|^-1/2 |N_k|^-1/2 (e_k^(0) + e_k^(1)) / 3; all others stay as they are."""
    made = LightGCN(LightGCN.Config(dim=5, layers=2))
    made.prepare(DATA, RunOptions(seed=2))
    user, k = (int(n) for n in DATA.train[0])
    item = (k + 1) % DATA.n_items
    count_u, count_k = (np.sum(DATA.train[:, side] == n) for side, n in ((0, user), (1, k)))
    first = everything(made)
    one_layer = smoothing(1) @ first * 2  # e^(0) + e^(1)
    lost = one_layer[DATA.n_users + k] / np.sqrt(count_u * count_k) / 3
    wanted = lost @ (smoothing(2) @ first)[DATA.n_users + item]
    whole = torch.from_numpy(DATA.user_features.select([user]).dense())
    less = whole.clone()
    less[0, k] = 0
    before, after = (float(made.scores(torch.tensor([user]), torch.tensor([item]), rows)) for rows in (whole, less))
    assert before - after == pytest.approx(wanted, abs=1e-6)


def test_it_learns_from_the_neighbours_of_neighbours() -> None:
    data = planted_groups()
    run = px.train(data, baseline="lightgcn", dim=8, epochs=40, batch_size=64)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.85
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3
