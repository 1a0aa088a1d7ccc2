"""The working set: the few features of each row among which a small change is looked for.

A change that is small in the sense of its l1 norm is made, to first order, of the features that pull hardest: with the largest
|gradient| of the margin where there is room to go downhill. So those are tried, and not all P.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...data.sparse import SparseRows, TensorRows
from ...data.views import offsets_of
from ...margin.affine import Tangent
from ...ops import Pull, matrix_product
from ...ops.working_set import run_steepest_entries
from .settings import Box

WIDEST = 24  # with more features, their images cost more than they bring
MANY = 512  # features of the last set that is tried, of all that there are
ENOUGH = 1.05  # times the margin: what the chosen features bring together, to first order
ROWS, FEATURES = 256, 4096  # whose gradients are looked at together, where all P are
NEARLY_NOTHING = 1e-12
Gradients = Callable[[Tensor, slice], Tensor]  # of some rows [m] in consecutive features, [m, B]


@dataclass(frozen=True, eq=False)
class WorkingSet:
    """Features of m rows that may change, within a box. has [m, P] sparse: what the user has of each, 0 included. gradient [nnz]:
    of the margin, beside has.values. whole [nnz]: which go whole or not at all; None: none."""

    has: TensorRows
    gradient: Tensor
    box: Box
    whole: Tensor | None

    @staticmethod
    def of(has: TensorRows, gradient: Tensor, box: Box) -> WorkingSet:
        """With what goes whole in this box."""
        return WorkingSet(has, gradient, box, box.goes_whole(has.indices))

    def __len__(self) -> int:
        return self.has.n_rows

    @property
    def low(self) -> Tensor:
        """How far each may fall, [nnz]."""
        return -self.has.values

    @property
    def high(self) -> Tensor:
        """How far each may rise, [nnz]."""
        return self.box.high(self.has.values, self.whole)

    def select(self, rows: Tensor) -> WorkingSet:
        """The given rows."""
        return self._part(self.has.select(rows), self.has.entries(rows))

    def _part(self, has: TensorRows, entries: Tensor) -> WorkingSet:
        whole = None if self.whole is None else self.whole[entries]
        return WorkingSet(has, self.gradient[entries], self.box, whole)

    def brings(self) -> Tensor:
        """By how much each, gone as far as it may, lowers the margin to first order, [nnz]."""
        return torch.where(self.gradient > 0, -self.gradient * self.low, -self.gradient * self.high)

    def steepest(self, margin: Tensor, least: int) -> WorkingSet:
        """The features of each row that pull hardest for what they cost, the hardest first: at least `least` (if there are), and so
        many that to first order they turn the margin [m] around with some to spare; WIDEST at most. Of those that pull alike, the
        first."""
        has, pull = self.has, Pull(self.has.offsets, self.gradient, self.low, self.high)
        if self.whole is not None:  # of one unit of cost
            scale = torch.where(self.whole, self.box.unit / has.values.clamp_min(NEARLY_NOTHING), 1.0)
            pull = Pull(has.offsets, self.gradient / scale, self.low * scale, self.high * scale)
        counts, entries = run_steepest_entries(pull, margin, least, WIDEST, ENOUGH)
        return self._part(SparseRows(offsets_of(counts), has.indices[entries], has.values[entries], has.n_columns), entries)


def own_features(tangent: Tangent, rows: SparseRows, box: Box, there: TensorRows | None = None) -> WorkingSet:
    """Those that each user has, f_u as rows [n, P], and that may change: those that can fall. there: the rows where the tangent is,
    if they are there already."""
    own = box.own(rows)
    there = there if there is not None and own is rows else own.tensors(tangent.value.device)
    return WorkingSet.of(there, tangent.gradient(there), box)


def all_features(slope: Tensor, feature_map: Tensor, rows: TensorRows, box: Box) -> WorkingSet:
    """Every one that may change, for a P that is small. slope [n, k]: of the margin in the latent features, of these rows."""
    may = np.arange(rows.n_columns) if box.allowed is None else np.flatnonzero(box.allowed)
    n, columns = rows.n_rows, torch.from_numpy(may).to(rows.indices.device)
    offsets = torch.arange(n + 1, device=columns.device) * len(columns)
    values = (rows.dense() if box.allowed is None else rows.dense()[:, columns]).flatten()
    gradient = matrix_product(slope, (feature_map if box.allowed is None else feature_map[columns]).T)
    return WorkingSet.of(SparseRows(offsets, columns.repeat(n), values, rows.n_columns), gradient.flatten(), box)


def gradients_of(slope: Tensor, feature_map: Tensor) -> Gradients:
    """By a tangent's slope [n, k] in the latent features."""
    return lambda rows, columns: matrix_product(slope[rows], feature_map[columns].T)


def hardest_features(gradients: Gradients, rows: TensorRows, box: Box, width: int, far: bool = False) -> WorkingSet:
    """The `width` features of each row that pull hardest among all that may change, the hardest first; looked for in blocks of
    features, so that nothing of the size n x P is made. far: those that bring most when they go as far as they may, instead."""
    every = torch.arange(rows.n_rows, device=rows.indices.device)
    parts = [_hardest(gradients, part, rows.select(part), box, width, far) for part in torch.split(every, ROWS)]
    has = SparseRows.stacked([part[0] for part in parts])
    return WorkingSet.of(has, torch.cat([part[1] for part in parts]), box)


def _hardest(gradients: Gradients, part: Tensor, rows: TensorRows, box: Box, width: int, far: bool) -> tuple[TensorRows, Tensor]:
    best: tuple[Tensor, ...] = ()
    owner = rows.row_indices()
    for at in range(0, rows.n_columns, FEATURES):
        end = min(at + FEATURES, rows.n_columns)
        gradient = gradients(part, slice(at, end))  # [m, B]
        has, here = torch.zeros_like(gradient), (rows.indices >= at) & (rows.indices < end)
        has[owner[here], rows.indices[here] - at] = rows.values[here]
        columns = torch.arange(at, end, device=has.device)
        whole, may = box.goes_whole(columns), box.may(columns)
        room = torch.where(gradient > 0, has, box.high(has, whole))
        pull = torch.where(room > 0, gradient.abs(), 0)
        if far:
            pull *= room
        elif whole is not None:
            pull = torch.where(whole, pull / box.unit, pull)
        if may is not None:
            pull *= may
        top, place = pull.topk(min(width, pull.shape[1]), dim=1)
        found = (top, place + at, has.gather(1, place), gradient.gather(1, place))
        best = _best_of(best, found, width) if best else found
    pull, columns, has, gradient = best
    real = pull > 0
    return SparseRows(offsets_of(real.sum(dim=1)), columns[real], has[real], rows.n_columns), gradient[real]


def _best_of(one: tuple[Tensor, ...], two: tuple[Tensor, ...], width: int) -> tuple[Tensor, ...]:
    both = tuple(torch.cat(parts, dim=1) for parts in zip(one, two, strict=True))
    kept = both[0].argsort(dim=1, descending=True, stable=True)[:, :width]
    return tuple(part.gather(1, kept) for part in both)
