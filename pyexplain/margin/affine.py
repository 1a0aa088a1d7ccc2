"""The margin where a score is linear in f_u before its relu: closed forms of value, gradient and hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import HiddenLayer, matrix_product, rows_at_once
from ..ops.working_set import run_hidden_slopes, run_sampled_product
from ..recommenders.base import Recommender
from ..recommenders.networks import mapped
from ..recommenders.user_side import UserSide

ROWS_AT_ONCE = 512  # on the processor: what is needed on the way stays in its cache


@dataclass(frozen=True, eq=False)
class Tangent:
    """A margin at the features as they are: value [n]; slope [n, k], its gradient in the latent features f @ feature_map; and the
    hidden layer there. The gradient in f is slope @ feature_map.T: P numbers a row, of which few are ever needed. linear: whether
    it is the same everywhere."""

    value: Tensor
    slope: Tensor
    layer: HiddenLayer
    linear: bool = False

    def select(self, rows: Tensor) -> Tangent:
        """The given rows."""
        layer = self.layer
        of_rows = {name: getattr(layer, name)[rows] for name in ("start", "gate_one", "gate_two")}
        return Tangent(self.value[rows], self.slope[rows], layer._replace(**of_rows), self.linear)

    def gradient(self, rows: TensorRows) -> Tensor:
        """Its entries beside those of sparse rows [n, P], [nnz], which are trusted."""
        return run_sampled_product(self.slope, self.layer.feature_map, rows)


@dataclass(frozen=True, eq=False)
class AffineMargin:
    """m(delta) = one.score(z) - two.score(z), z = latent + delta @ feature_map: what goes into each relu is affine in delta.

    one, two: the user sides of n pairs (u, i) and (u, j). latent [n, k]: f_u @ feature_map. No autograd.
    """

    one: UserSide
    two: UserSide
    latent: Tensor

    @staticmethod
    def of(recommender: Recommender, users: Tensor, items: Tensor, others: Tensor, rows: TensorRows) -> AffineMargin:
        """Of users, items, others [n] and f_u as rows [n, P], for a recommender that offers "linear-user-side"."""
        with torch.no_grad():
            one, two = recommender.user_side(users, items), recommender.user_side(users, others)
            return AffineMargin(one, two, mapped(rows, one.feature_map))

    def __len__(self) -> int:
        return len(self.latent)

    def select(self, rows: Tensor) -> AffineMargin:
        """The given rows."""
        return AffineMargin(self.one.select(rows), self.two.select(rows), self.latent[rows])

    def value(self, delta: Tensor | None = None) -> Tensor:
        """[n] at f_u + delta, delta [n, P] (None: no change)."""
        with torch.no_grad():
            z = self._latent(delta)
            return self.one.score(z) - self.two.score(z)

    def value_and_gradient(self, delta: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """[n] and d m / d delta [n, P]."""
        with torch.no_grad():
            z = self._latent(delta)
            (s_i, slope_i), (s_j, slope_j) = (side.score_and_slope(z) for side in (self.one, self.two))
            return s_i - s_j, matrix_product(slope_i.sub_(slope_j), self.one.feature_map.T)

    def tangent(self) -> Tangent:
        """At no change, with the hidden layer [n, 2h] that solvers go on from; in blocks that stay in the cache."""
        one, two = self.one, self.two
        (n, h), readout = one.constant.shape, torch.cat([one.readout, -two.readout])
        start, found = one.constant.new_empty(n, 2 * h), list[tuple[Tensor, Tensor]]()
        with torch.no_grad():
            step = rows_at_once(n, ROWS_AT_ONCE, start)
            hidden_map = one.hidden_map.contiguous()  # copied once, not at every product
            for part in (slice(first, first + step) for first in range(0, max(1, n), step)):
                for number, side in enumerate((one, two)):
                    gated = side.gate[part] * self.latent[part]
                    matrix_product(gated, hidden_map.T, side.constant[part], out=start[part, number * h :][:, :h])
                value, slopes = run_hidden_slopes(start[part], readout)
                reached = matrix_product(slopes.view(-1, h), hidden_map).view(len(slopes), 2, -1)
                found.append((value, (reached[:, 0] * one.gate[part]).addcmul_(reached[:, 1], two.gate[part])))
            value, slope = found[0] if len(found) == 1 else (torch.cat(parts) for parts in zip(*found, strict=True))
            if linear := one.linear and two.linear:  # also where a score is 0, and neither of its units is active
                slope = one.gate * one.hidden_map[0] - two.gate * two.hidden_map[0]
        layer = HiddenLayer(start, one.gate, two.gate, one.feature_map.detach(), one.hidden_map.detach(), readout)
        return Tangent(value, slope, layer, linear)

    def _latent(self, delta: Tensor | None) -> Tensor:
        return self.latent if delta is None else matrix_product(delta, self.one.feature_map, self.latent)


@dataclass(frozen=True, eq=False)
class LinearMargin:
    """A margin that is linear in f_u, in S features of each row: m(delta) = start + gradient . delta.

    start [n], gradient [n, S]."""

    start: Tensor
    gradient: Tensor

    def __len__(self) -> int:
        return len(self.start)

    def select(self, rows: Tensor) -> LinearMargin:
        """The given rows."""
        return LinearMargin(self.start[rows], self.gradient[rows])

    def value(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""
        return self.start + (self.gradient * delta).sum(dim=1)

    def value_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d m / d delta [n, S]."""
        return self.value(delta), self.gradient


@dataclass(frozen=True, eq=False)
class RestrictedMargin:
    """The same in S features of each row alone, seen from the hidden layer: m(delta) = readout . relu(start + delta images), which
    costs as much as adding up a few hidden vectors, and no matrix product at all.

    start [n, 2h]: what goes into the relu for items i and j at delta = 0. images [n, S, 2h]: what one unit of each feature adds
    there. readout [2h]: the head's for i, and its negative for j.
    """

    start: Tensor
    images: Tensor
    readout: Tensor

    @staticmethod
    def of(layer: HiddenLayer, rows: Tensor, features: Tensor) -> RestrictedMargin:
        """Rows [m] of a layer, where only features [m, S] change."""
        gates = torch.stack([layer.gate_one[rows], layer.gate_two[rows]], dim=1)  # [m, 2, k]
        images = (gates[:, None] * layer.feature_map[features][:, :, None]) @ layer.hidden_map.T  # [m, S, 2, h]
        return RestrictedMargin(layer.start[rows], images.flatten(2), layer.readout)

    def __len__(self) -> int:
        return len(self.start)

    def select(self, rows: Tensor) -> RestrictedMargin:
        """The given rows."""
        return RestrictedMargin(self.start[rows], self.images[rows], self.readout)

    def value(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""
        return self._before(delta).clamp_min_(0) @ self.readout

    def value_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d m / d delta [n, S]."""
        before = self._before(delta)
        slope = (before > 0) * self.readout  # [n, 2h]
        return before.clamp_min_(0) @ self.readout, torch.bmm(self.images, slope[:, :, None])[:, :, 0]

    def _before(self, delta: Tensor) -> Tensor:
        return torch.baddbmm(self.start[:, None], delta[:, None], self.images)[:, 0]
