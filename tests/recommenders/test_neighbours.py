"""Where the factors of items start."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain.recommenders.neighbours import neighbourly_items
from tests.worlds import small_world


def test_factors_start_at_how_much_two_items_are_liked_together() -> None:
    data = small_world()
    likes = np.zeros((data.n_users, data.n_items))
    likes[tuple(data.train.T)] = 1
    together, counts = likes.T @ likes, likes.sum(axis=0)
    np.fill_diagonal(together, 0)
    d, q = neighbourly_items(data, 40_000, torch.Generator().manual_seed(0))
    wanted = together / (1 + counts)[:, None] / np.sqrt(1 + counts)
    assert wanted.max() > 0.05
    np.testing.assert_allclose((d @ q.T).numpy(), wanted, atol=0.02)


def test_no_width_is_no_factors() -> None:
    data = small_world()
    assert [tuple(part.shape) for part in neighbourly_items(data, 0, torch.Generator())] == [(data.n_items, 0)] * 2
