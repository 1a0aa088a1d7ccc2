"""Scores of a few items of each user as functions of a few of the user's features: what solvers with several items work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows
from ...margin import margin
from ...ops import matrix_product
from ...recommenders.base import GRADIENTS, LINEAR_USER_SIDE, Recommender
from ...recommenders.networks import FeatureRows, mapped
from .columns import values_at

Int = npt.NDArray[np.int64]
COPIES = 8  # dense rows [P] that a pair needs at a time where features are handed in dense
SMALL_STEP = 0.5  # by so much a feature that is not there is raised to see what it does, where nothing is known but scores


class ItemScores(Protocol):
    """n rows, C items and S features each; delta [n, S]: by how much each feature is changed."""

    def select(self, rows: Tensor) -> Self:
        """The given rows."""

    def scores(self, delta: Tensor, /) -> Tensor:
        """[n, C]."""

    def slopes(self, delta: Tensor, /) -> Tensor:
        """d score / d delta, [n, C, S]."""


def item_scores(recommender: Recommender, users: Int, items: Int, rows: SparseRows, columns: Int, max_memory: int) -> ItemScores:
    """Of users [n], items [n, C], f_u as rows [n, P], and the features columns [n, S] that may change."""
    if known_by_slopes(recommender, rows.n_columns):
        return SlopedScores.of(recommender, users, items, rows, columns)
    if LINEAR_USER_SIDE in recommender.offers:
        return LinearScores.of(recommender, users, items, rows, columns)
    return AskedScores(recommender, users, items, rows, columns, max_memory)


def known_by_slopes(recommender: Recommender, n_features: int) -> bool:
    """Whether scores are linear in f_u, and no map of all features is to be made (see Margin.without_map)."""
    if LINEAR_USER_SIDE not in recommender.offers or not margin.too_wide(recommender, n_features):
        return False
    none = torch.zeros(0, dtype=torch.int64, device=recommender.device)
    return recommender.linear_slopes(none, none, SparseRows.empty((0, n_features)).tensors(recommender.device)) is not None


@dataclass(frozen=True, eq=False)
class SlopedScores:
    """Where f_u enters linearly: start [n, C], scores as they are; slope [n, C, S]."""

    start: Tensor
    slope: Tensor

    @staticmethod
    def of(recommender: Recommender, users: Int, items: Int, rows: SparseRows, columns: Int) -> SlopedScores:
        """See item_scores."""
        device, (n, count), width = recommender.device, items.shape, columns.shape[1]
        user, item = (torch.from_numpy(a.ravel().copy()).to(device) for a in (np.repeat(users, count), items))
        places = torch.arange(n * count + 1, device=device) * width
        each = torch.from_numpy(np.repeat(columns, count, axis=0).ravel()).to(device)
        with torch.no_grad():
            cells = SparseRows(places, each, torch.ones(len(each), device=device), rows.n_columns)
            slope = recommender.linear_slopes(user, item, cells)
            assert slope is not None
            handed = FeatureRows.of(rows.select(np.repeat(np.arange(n), count)), device)
            start = recommender.scores(user, item, cast(Tensor, handed))
        return SlopedScores(start.view(n, count), slope.view(n, count, width))

    def select(self, rows: Tensor) -> SlopedScores:
        """The given rows."""
        return SlopedScores(self.start[rows], self.slope[rows])

    def scores(self, delta: Tensor) -> Tensor:
        """[n, C]."""
        return self.start + torch.matmul(self.slope, delta[..., None])[..., 0]

    def slopes(self, delta: Tensor) -> Tensor:
        """[n, C, S]."""
        return self.slope


@dataclass(frozen=True, eq=False)
class LinearScores:
    """Where f_u enters linearly before a relu. start [n, C, h]: what goes into it; images [n, C, S, h]: what one unit of each
    feature adds there; score = readout . relu(start + delta images) + bias."""

    start: Tensor
    images: Tensor
    readout: Tensor
    bias: Tensor

    @staticmethod
    def of(recommender: Recommender, users: Int, items: Int, rows: SparseRows, columns: Int) -> LinearScores:
        """See item_scores."""
        device, (n, count) = recommender.device, items.shape
        flat = torch.from_numpy(np.repeat(users, count)).to(device), torch.from_numpy(items.ravel().copy()).to(device)
        with torch.no_grad():
            side = recommender.user_side(*flat)
            latent = mapped(rows.tensors(device), side.feature_map).repeat_interleave(count, dim=0)  # [n C, k]
            words = side.feature_map[torch.from_numpy(columns).to(device)]  # [n, S, k]
            gate = side.gate.view(n, count, 1, -1)
            images = matrix_product((gate * words[:, None]).flatten(0, 2), side.hidden_map.T)
        shape = n, count, columns.shape[1], len(side.readout)
        return LinearScores(side.before(latent).view(n, count, -1), images.view(shape), side.readout, side.bias)

    def select(self, rows: Tensor) -> LinearScores:
        """The given rows."""
        return LinearScores(self.start[rows], self.images[rows], self.readout, self.bias)

    def scores(self, delta: Tensor) -> Tensor:
        """[n, C]."""
        return self._before(delta).clamp_min(0) @ self.readout + self.bias

    def slopes(self, delta: Tensor) -> Tensor:
        """[n, C, S]."""
        active = (self._before(delta) > 0) * self.readout
        return torch.matmul(self.images, active[..., None])[..., 0]

    def _before(self, delta: Tensor) -> Tensor:
        return self.start + torch.matmul(delta[:, None, None], self.images)[:, :, 0]


@dataclass(frozen=True, eq=False)
class ScaledScores:
    """The same in other units: x = delta * scale [n, S]."""

    function: ItemScores
    scale: Tensor

    def select(self, rows: Tensor) -> ScaledScores:
        """The given rows."""
        return ScaledScores(self.function.select(rows), self.scale[rows])

    def scores(self, x: Tensor) -> Tensor:
        """[n, C]."""
        return self.function.scores(x / self.scale)

    def slopes(self, x: Tensor) -> Tensor:
        """[n, C, S]."""
        return self.function.slopes(x / self.scale) / self.scale[:, None]


@dataclass(frozen=True, eq=False)
class AskedScores:
    """Where the recommender has to be asked: slopes by autograd where it offers gradients, else by what taking each feature away
    does (or raising one that is not there)."""

    recommender: Recommender
    users: Int
    items: Int
    rows: SparseRows
    columns: Int
    max_memory: int

    def select(self, rows: Tensor) -> AskedScores:
        """The given rows."""
        some = rows.cpu().numpy()
        picked = self.users[some], self.items[some], self.rows.select(some), self.columns[some]
        return AskedScores(self.recommender, *picked, self.max_memory)

    def scores(self, delta: Tensor) -> Tensor:
        """[n, C]."""
        row = np.repeat(np.arange(len(self.users)), self.items.shape[1])
        return self._asked(row, self.items.ravel(), delta, False)[0].view(self.items.shape)

    def slopes(self, delta: Tensor) -> Tensor:
        """[n, C, S]."""
        n, count = self.items.shape
        if GRADIENTS in self.recommender.offers:
            row = np.repeat(np.arange(n), count)
            return self._asked(row, self.items.ravel(), delta, True)[1].view(n, count, -1)
        here, out = self.scores(delta), delta.new_zeros(n, count, delta.shape[1])
        value = torch.from_numpy(values_at(self.rows, self.columns)).to(delta) + delta
        for place in range(delta.shape[1]):
            step = torch.where(value[:, place] > 0, -value[:, place], SMALL_STEP)
            moved = delta.clone()
            moved[:, place] += step
            out[:, :, place] = (self.scores(moved) - here) / step[:, None]
        return out

    def _asked(self, row: Int, items: Int, delta: Tensor, with_slopes: bool) -> tuple[Tensor, Tensor]:
        """Scores [m] of rows and items [m], and slopes [m, S]."""
        size, device = max(1, self.max_memory // (4 * COPIES * max(1, self.rows.n_columns))), self.recommender.device
        scores, slopes = delta.new_empty(len(row)), delta.new_zeros(len(row), delta.shape[1])
        for at in range(0, len(row), size):
            part = slice(at, at + size)
            columns = torch.from_numpy(self.columns[row[part]]).to(device)
            features = torch.from_numpy(self.rows.select(row[part]).dense()).to(device)
            features.scatter_add_(1, columns, delta[torch.from_numpy(row[part])].to(device)).clamp_min_(0)
            user, item = (torch.from_numpy(indices).to(device) for indices in (self.users[row[part]], items[part]))
            with torch.set_grad_enabled(with_slopes):
                found = self.recommender.scores(user, item, features.requires_grad_(with_slopes))
                if with_slopes:
                    (gradient,) = torch.autograd.grad(found.sum(), features)
                    slopes[part] = gradient.gather(1, columns).to(delta)
            scores[part] = found.detach().to(delta)
        return scores, slopes
