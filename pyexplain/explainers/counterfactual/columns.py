"""Which few features of each user may change where several items stand in the way: all own ones, or those that can do most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch

from ...data.sparse import SparseRows
from ...data.types import Dataset
from ...margin.margin import Margin
from ...recommenders.base import GRADIENTS, Recommender
from ..order import first
from .settings import Box
from .working_set import Gradients, WorkingSet, gradients_of, hardest_features, own_features

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
WIDEST, OWN_AT_LEAST = 24, 12  # features that may change at a time; so many of them the user's own ones, where there are
PAIRS_AT_ONCE = 1024
DENSE_COPIES = 8  # dense rows [P] that a pair needs where gradients are dense


@dataclass(frozen=True, eq=False)
class Columns:
    """Features columns [n, S] that may change, and how far down and up, low and high [n, S]; rows with fewer have some that may
    not."""

    columns: Int
    low: Float
    high: Float

    def select(self, rows: Int | npt.NDArray[np.bool_]) -> Columns:
        """The given rows."""
        return Columns(self.columns[rows], self.low[rows], self.high[rows])


@dataclass(frozen=True, eq=False)
class ColumnFinder:
    """Finds them for pairs (u, ahead) [n, 2] and the items behind [n]: what the features that are not simply all own ones can do
    is asked of the margin between the two."""

    recommender: Recommender
    data: Dataset
    box: Box
    max_memory: int

    def find(self, pairs: Int, behind: Int, own: bool) -> Columns:
        """own: among the user's own features alone."""
        affine = Margin.of(self.recommender, self.data, pairs[:0], behind[:0]).is_affine
        dense = self.max_memory // (4 * DENSE_COPIES * max(1, self.data.n_features))
        size = PAIRS_AT_ONCE if affine else max(1, min(PAIRS_AT_ONCE, dense))
        parts = [self._of(pairs[at : at + size], behind[at : at + size], own) for at in range(0, len(pairs), size)]
        chosen = stacked(parts)
        return self._boxed(self.data.user_features.select(pairs[:, 0]), chosen)

    def _boxed(self, rows: SparseRows, chosen: Int) -> Columns:
        real, safe = chosen >= 0, np.maximum(chosen, 0)
        has = values_at(rows, safe)
        low, high = ends(self.box, has, safe)
        return Columns(safe, np.where(real, low, 0).astype(np.float32), np.where(real, high, 0).astype(np.float32))

    def _of(self, pairs: Int, behind: Int, own: bool) -> Int:
        """[n, S], -1 where a row has fewer."""
        rows = self.data.user_features.select(pairs[:, 0])
        if own and (rows.counts.max(initial=0) <= WIDEST or GRADIENTS not in self.recommender.offers):
            allowed = self.box.allowed
            kept = rows if allowed is None else rows.where(allowed[rows.indices])
            return table(kept.offsets, kept.indices, -1)[:, :WIDEST]
        margin = Margin.of(self.recommender, self.data, pairs, behind, max_memory=self.max_memory)
        mine, others = self._sparse(margin, own) if margin.is_affine else self._dense(margin, own)
        if own:
            return strongest(*mine, WIDEST)
        first_ones = np.sort(strongest(*mine, OWN_AT_LEAST), axis=1)  # the user's own ones keep some places
        known = (others[0][:, :, None] == np.where(first_ones < 0, -2, first_ones)[:, None]).any(axis=2)
        columns, pull = np.concatenate([first_ones, others[0]], axis=1), np.where(known, 0, others[1])
        found = strongest(columns, np.concatenate([np.where(first_ones < 0, 0, np.inf), pull], axis=1), WIDEST)
        width = min(WIDEST, self.data.n_features)  # whoever else is in the batch: sums of as many numbers for a row
        return np.pad(found, ((0, 0), (0, max(0, width - found.shape[1]))), constant_values=-1)[:, :width]

    def _sparse(self, margin: Margin, own: bool) -> tuple[tuple[Int, Float], tuple[Int, Float]]:
        """Columns and how much each can do, to first order: of the own ones, and of the WIDEST among all."""
        rows = margin.there
        with torch.no_grad():
            if margin.without_map:
                own_rows, slopes = self.box.own(margin.features), cast(Float, margin.slopes)[self.box.falling(margin.features)]
                gradient = torch.from_numpy(slopes).float().to(rows.values.device)
                sets = [WorkingSet.of(own_rows.tensors(gradient.device), gradient, self.box)]
                gradients: Gradients = margin.slopes_in
            else:
                tangent = margin.affine.tangent()
                sets = [own_features(tangent, margin.features, self.box, rows)]
                gradients = gradients_of(tangent.slope, tangent.layer.feature_map)
            if not own:
                sets.append(hardest_features(gradients, rows, self.box, WIDEST, far=True))
        found = []
        for work in sets:
            offsets, indices, brings = (part.cpu().numpy() for part in (work.has.offsets, work.has.indices, work.brings()))
            found.append((table(offsets, indices, -1), table(offsets, brings, 0)))
        return found[0], found[-1]

    def _dense(self, margin: Margin, own: bool) -> tuple[tuple[Int, Float], tuple[Int, Float]]:
        """The same where gradients are dense."""
        gradient, value = margin.value_and_gradient()[1].cpu().numpy(), margin.features.dense()
        every = np.broadcast_to(np.arange(value.shape[1]), value.shape)
        low, high = ends(self.box, value, every)
        pull = np.abs(gradient) * np.where(gradient > 0, -low, high)
        return (every, np.where(value > 0, pull, 0)), (every, pull)


def strongest(columns: Int, pull: Float, width: int) -> Int:
    """Of columns [n, K] those with the largest pull [n, K], at most `width`, the largest first; -1 where it is 0."""
    if not columns.shape[1]:
        return columns
    place = first(pull, min(width, columns.shape[1]))
    chosen, strength = np.take_along_axis(columns, place, axis=1), np.take_along_axis(pull, place, axis=1)
    found: Int = np.where(strength > 0, chosen, -1)
    return found


def ends(box: Box, has: Float, columns: Int) -> tuple[Float, Float]:
    """How far features columns [n, S] of which a user has `has` [n, S] may fall and rise."""
    low, high = -has, np.maximum(box.most - has, 0)
    if box.whole is not None:
        high = np.where(box.whole[columns], 0, high)
    if box.allowed is not None:
        low, high = low * box.allowed[columns], high * box.allowed[columns]
    return low, high


def values_at(rows: SparseRows, columns: Int) -> Float:
    """Values [n, S] of rows [n, P] in the columns [n, S]."""
    keys = rows.row_indices() * rows.n_columns + rows.indices
    cells = np.arange(len(columns))[:, None] * rows.n_columns + columns
    if not len(keys):
        return np.zeros(columns.shape, np.float32)
    place = np.minimum(np.searchsorted(keys, cells), len(keys) - 1)
    return np.where(keys[place] == cells, rows.values[place], 0).astype(np.float32)


def table(offsets: Int, of: npt.NDArray[Any], fill: int) -> npt.NDArray[Any]:
    """What stands beside the entries of rows that begin at offsets [n + 1], [nnz]; row by row [n, S], filled up to the widest."""
    counts = np.diff(offsets)
    out = np.full((len(counts), max(1, int(counts.max(initial=0)))), fill, dtype=of.dtype)
    row = np.repeat(np.arange(len(counts)), counts)
    out[row, np.arange(len(row)) - offsets[row]] = of
    return out


def stacked(parts: list[Int]) -> Int:
    """Tables [n, C] under each other, filled up with -1 to the widest."""
    width = max([part.shape[1] for part in parts] or [1])
    full = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=-1) for part in parts]
    return np.concatenate(full) if full else np.zeros((0, width), dtype=np.int64)


def put_rows(rows: SparseRows, indices: Int, new: SparseRows) -> SparseRows:
    """rows [n, P] with those of numbers [m] replaced by new [m, P]."""
    gone = np.zeros(rows.n_rows, dtype=bool)
    gone[indices] = True
    kept = ~gone[rows.row_indices()]
    row = np.concatenate([rows.row_indices()[kept], indices[new.row_indices()]])
    columns, values = np.concatenate([rows.indices[kept], new.indices]), np.concatenate([rows.values[kept], new.values])
    return SparseRows.from_triples(row, columns, values, rows.shape)
