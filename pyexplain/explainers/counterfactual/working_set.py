"""The working set: the few features of each row among which a small change is looked for.

A change that is small in the sense of its l1 norm is made, to first order, of the features that pull hardest: with the largest
|gradient| of the margin where there is room to go downhill. So those are tried, and not all P.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows, TensorRows
from ...data.views import offsets_of
from ...margin.affine import Tangent
from ...ops import Pull, matrix_product, steepest_entries

Bool = npt.NDArray[np.bool_]
WIDEST = 24  # with more features, their images cost more than they bring
ENOUGH = 1.05  # times the margin: what the chosen features bring together, to first order
ROWS, FEATURES = 256, 4096  # whose gradients are looked at together, where all P are


@dataclass(frozen=True, eq=False)
class WorkingSet:
    """Features of m rows that may change. has [m, P] sparse: what the user has of each, 0 included; it may fall to 0 and rise to
    `most`. gradient [nnz]: of the margin, beside has.values."""

    has: TensorRows
    gradient: Tensor
    most: float

    def __len__(self) -> int:
        return self.has.n_rows

    @property
    def low(self) -> Tensor:
        """How far each may fall, [nnz]."""
        return -self.has.values

    @property
    def high(self) -> Tensor:
        """How far each may rise, [nnz]."""
        return (self.most - self.has.values).clamp_min_(0)

    def select(self, rows: Tensor) -> WorkingSet:
        """The given rows."""
        return WorkingSet(self.has.select(rows), self.gradient[self.has.entries(rows)], self.most)

    def steepest(self, margin: Tensor, least: int) -> WorkingSet:
        """The features of each row that pull hardest, the hardest first: at least `least` (if there are), and so many that to
        first order they turn the margin [m] around with some to spare; WIDEST at most. Of those that pull alike, the first."""
        has = self.has
        pull = Pull(has.offsets, self.gradient, self.low, self.high)
        counts, entries = steepest_entries(pull, margin, least, WIDEST, ENOUGH)
        rows = SparseRows(offsets_of(counts), has.indices[entries], has.values[entries], has.n_columns)
        return WorkingSet(rows, self.gradient[entries], self.most)


def own_features(tangent: Tangent, rows: TensorRows, most: float, allowed: Bool | None) -> WorkingSet:
    """Those that each user has, f_u as rows [n, P], and that are allowed [P] (None: all): those that can fall."""
    may = rows.values > 0
    if allowed is not None:
        may &= torch.from_numpy(allowed).to(may.device)[rows.indices]
    own = rows if bool(may.all()) else rows.where(may)
    return WorkingSet(own, tangent.gradient(own), most)


def all_features(slope: Tensor, feature_map: Tensor, rows: TensorRows, most: float, allowed: Bool | None) -> WorkingSet:
    """Every one that is allowed, for a P that is small. slope [n, k]: of the margin in the latent features, of these rows."""
    may = np.arange(rows.n_columns) if allowed is None else np.flatnonzero(allowed)
    n, columns = rows.n_rows, torch.from_numpy(may).to(rows.indices.device)
    offsets = torch.arange(n + 1, device=columns.device) * len(columns)
    has = SparseRows(
        offsets, columns.repeat(n), (rows.dense() if allowed is None else rows.dense()[:, columns]).flatten(), rows.n_columns
    )
    gradient = matrix_product(slope, (feature_map if allowed is None else feature_map[columns]).T)
    return WorkingSet(has, gradient.flatten(), most)


def hardest_features(
    slope: Tensor, feature_map: Tensor, rows: TensorRows, most: float, allowed: Bool | None, width: int
) -> WorkingSet:
    """The `width` features of each row that pull hardest among all that are allowed, the hardest first; looked for in blocks of
    features, so that nothing of the size n x P is made."""
    every = torch.arange(rows.n_rows, device=rows.indices.device)
    parts = [_hardest(slope[part], feature_map, rows.select(part), most, allowed, width) for part in torch.split(every, ROWS)]
    has = SparseRows.stacked([part[0] for part in parts])
    return WorkingSet(has, torch.cat([part[1] for part in parts]), most)


def _hardest(
    slope: Tensor, feature_map: Tensor, rows: TensorRows, most: float, allowed: Bool | None, width: int
) -> tuple[TensorRows, Tensor]:
    best: tuple[Tensor, ...] = ()
    owner = rows.row_numbers()
    for at in range(0, rows.n_columns, FEATURES):
        block = feature_map[at : at + FEATURES]
        gradient = matrix_product(slope, block.T)  # [m, B]
        has, here = torch.zeros_like(gradient), (rows.indices >= at) & (rows.indices < at + FEATURES)
        has[owner[here], rows.indices[here] - at] = rows.values[here]
        room = torch.where(gradient > 0, has, (most - has).clamp_min_(0))
        pull = torch.where(room > 0, gradient.abs(), 0)
        if allowed is not None:
            pull *= torch.from_numpy(allowed[at : at + FEATURES]).to(pull.device)
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
