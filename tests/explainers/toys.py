"""Recommenders whose smallest changes are known by hand or can be found by trying everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.model import NetworkModel
from pyexplain.recommenders.networks import FeatureProductNetwork, mapped
from pyexplain.recommenders.user_side import UserSide

from ..worlds import small_world


def world_with(user_rows: list[list[float]], item_rows: list[list[float]] | None = None, **sizes: int) -> Dataset:
    """The small world; its first users' f_u, and its first items' f_i, are the given rows (padded with zeros)."""
    data = small_world(**sizes)
    changed = {"user_features": _with(data.user_features, user_rows)}
    if item_rows is not None:
        changed["item_features"] = _with(data.item_features, item_rows)
    return replace(data, **changed)


def _with(rows: SparseRows, first: list[list[float]]) -> SparseRows:
    dense = rows.dense()
    for number, values in enumerate(first):
        dense[number] = 0
        dense[number, : len(values)] = values
    return SparseRows.from_dense(dense)


class Linear(Recommender):
    """R(u, i) = a_i . f_u + b_i . f_i, with a, b [I, P] rows given for the first items, zero for the others."""

    name = "linear-toy"
    offers = frozenset({"scores", "gradients"})

    def __init__(self, data: Dataset, on_user: list[list[float]], on_item: list[list[float]] | None = None) -> None:
        super().__init__()
        shape = (data.n_items, data.n_features)
        self.a, self.b = torch.zeros(shape), torch.zeros(shape)
        for table, rows in ((self.a, on_user), (self.b, on_item or [])):
            for number, values in enumerate(rows):
                table[number, : len(values)] = torch.tensor(values)
        self.f_u, self.f_i = (torch.from_numpy(f.dense()) for f in (data.user_features, data.item_features))

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        f_u = self.f_u[users] if user_features is None else user_features
        f_i = self.f_i[items] if item_features is None else item_features
        return (self.a[items] * f_u).sum(dim=1) + (self.b[items] * f_i).sum(dim=1)


class Relu(Recommender):
    """The untrained network of eq. (5) with large weights, so that margins are wide and bend; by hand-written gradients where
    `fast`, by autograd otherwise."""

    name = "relu-toy"

    def __init__(self, data: Dataset, dim: int = 6, seed: int = 0, fast: bool = True) -> None:
        super().__init__()
        network = FeatureProductNetwork(data, dim, dim, 0.0, seed)
        g = torch.Generator().manual_seed(seed + 1)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=g) * 0.5)
        self.model = NetworkModel(network, data, "cpu")
        self.offers = frozenset({"scores", "gradients"} | ({"linear-user-side"} if fast else set()))  # type: ignore[misc]

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        return self.model.user_side(users, items)


def all_pairs(data: Dataset, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """n random pairs [n, 2] and another item for each [n]."""
    rng = np.random.default_rng(seed)
    pairs = np.stack([rng.integers(0, data.n_users, n), rng.integers(0, data.n_items, n)], axis=1)
    return pairs, (pairs[:, 1] + rng.integers(1, data.n_items, n)) % data.n_items


class Additive(Recommender):
    """R(u, i) = b_i + sum over k of f_u[k] D_k . q_i, drawn; linear in f_u, and told in the form that solvers know."""

    name = "additive-toy"
    offers = frozenset({"scores", "gradients", "linear-user-side"})

    def __init__(self, data: Dataset, dim: int = 4, seed: int = 0) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.taken, self.given = (torch.randn(n, dim, generator=g) for n in (data.n_features, data.n_items))
        self.bias, self.rows = torch.randn(data.n_items, generator=g), data.user_features.tensors()

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        rows: Any = self.rows.select(users) if user_features is None else user_features
        latent = rows @ self.taken if isinstance(rows, Tensor) else mapped(rows, self.taken)
        return self.bias[items] + (latent * self.given[items]).sum(dim=1)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        sign = torch.tensor([1.0, -1.0])
        hidden = sign[:, None].expand(2, self.given.shape[1]).contiguous()
        return UserSide(self.bias[items][:, None] * sign, self.given[items], self.taken, hidden, sign, torch.zeros(()))
