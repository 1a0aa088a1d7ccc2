"""NCF: where its factors start, and what the product is for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.plugins.ncf import NCF, neighbourly_factors

from ..worlds import small_world


def test_factors_start_at_how_much_an_item_is_liked_with_what_a_user_likes() -> None:
    data = small_world()
    likes = np.zeros((data.n_users, data.n_items))
    likes[tuple(data.train.T)] = 1
    together, counts = likes.T @ likes, likes.sum(axis=0)
    np.fill_diagonal(together, 0)
    wanted = likes @ (together / (1 + counts)[:, None]) / np.sqrt(1 + counts)
    p, q = neighbourly_factors(data, 40_000, torch.Generator().manual_seed(0))
    found = (p @ q.T).numpy()
    assert wanted.max() > 0.2
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_who_likes_nothing_has_no_neighbours() -> None:
    data = small_world()
    p, q = neighbourly_factors(data, 8, torch.Generator().manual_seed(0))
    nobody = np.setdiff1d(np.arange(data.n_users), data.train[:, 0])
    nothing = np.setdiff1d(np.arange(data.n_items), data.train[:, 1])
    assert torch.all(p[nobody] == 0)
    assert torch.all(q[nothing] == 0)


def test_the_score_is_the_product_and_the_head() -> None:
    made = NCF(NCF.Config(dim=4, factors=3))
    made.prepare(small_world(), RunOptions())
    users, items = torch.tensor([2, 0]), torch.tensor([5, 1])
    network = made.model.network
    with torch.no_grad():
        network.user_factors[2] = torch.tensor([1.0, 2.0, 3.0])
        network.item_factors[5] = torch.tensor([1.0, -1.0, 2.0])
        network.user_factors[0] = 0
        x = torch.cat([network.user_embedding[users], network.item_embedding[items]], dim=1)
        wanted = network.head(x) + torch.tensor([5.0, 0.0])
    torch.testing.assert_close(made.scores(users, items), wanted)


@pytest.mark.parametrize("factors", [0, 5])
def test_any_width_trains(factors: int) -> None:
    run = px.train(small_world(), baseline="ncf", dim=4, factors=factors, epochs=2)
    assert run.recommender.model.network.user_factors.shape[1] == factors
    assert np.isfinite([entry["loss"] for entry in run.history]).all()
