"""EASE and item neighbours against their closed forms in numpy, and what both do with a user's history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pyexplain import DataError, RunOptions
from pyexplain.plugins.ease import EASE
from pyexplain.plugins.item_knn import ItemKNN
from pyexplain.recommenders import ItemSimilarity

from ..worlds import small_world

DATA = small_world()
X = np.zeros((DATA.n_users, DATA.n_items))
X[DATA.train[:, 0], DATA.train[:, 1]] = 1
COUNT = X.sum(axis=0)


def all_scores(made: ItemSimilarity) -> np.ndarray:
    users, items = np.divmod(np.arange(X.size), DATA.n_items)
    return made.scores(torch.from_numpy(users), torch.from_numpy(items)).numpy().reshape(X.shape)


def test_ease_is_the_constrained_least_squares_solution() -> None:
    """At the minimum of ||X - XB||^2 + l2 ||B||^2 with a zero diagonal the gradient is zero off the diagonal."""
    made = EASE(EASE.Config(l2=3.0, popularity=0.5))
    made.fit(DATA, RunOptions())
    B = made.matrix.numpy().astype(np.float64)
    gradient = X.T @ (X @ B - X) + 3.0 * B
    assert np.abs(gradient - np.diag(gradient.diagonal())).max() < 1e-4
    assert np.abs(gradient.diagonal()).max() > 1e-2  # the multipliers of the constraint: not the free solution
    assert (B.diagonal() == 0).all()
    np.testing.assert_allclose(all_scores(made), X @ B + 0.5 * np.log1p(COUNT), atol=1e-5)


def test_neighbours_are_cosines_of_the_columns() -> None:
    made = ItemKNN(ItemKNN.Config(popularity=0.3))
    made.fit(DATA, RunOptions())
    unit = X / np.maximum(np.linalg.norm(X, axis=0), 1e-12)
    cosine = unit.T @ unit
    np.fill_diagonal(cosine, 0)
    np.testing.assert_allclose(all_scores(made), X @ cosine + 0.3 * np.log1p(COUNT), atol=1e-5)


def test_only_the_nearest_count_where_a_number_is_given() -> None:
    made = ItemKNN(ItemKNN.Config(neighbours=2, shrinkage=1.0))
    made.fit(DATA, RunOptions())
    both, size = X.T @ X, np.sqrt(COUNT)
    value = both / (size[:, None] * size + 1.0)
    np.fill_diagonal(value, 0)
    threshold = np.sort(value, axis=0)[-2]  # [I]; what is level with the second stays too
    np.testing.assert_allclose(made.matrix.numpy(), np.where(value >= threshold - 1e-7, value, 0), atol=1e-6)
    assert (made.matrix == 0).sum() > DATA.n_items**2 / 4


@pytest.mark.parametrize("method", [EASE, ItemKNN])
def test_a_catalogue_that_does_not_fit_is_refused(method: type[ItemSimilarity]) -> None:
    with pytest.raises(DataError, match="GiB"):
        method().fit(DATA, replace(RunOptions(), max_memory=1))
