"""Columns of sparse rows: some of them, or those of several rows beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .sparse import SparseRows

Int = npt.NDArray[np.int64]


def columns_of(rows: SparseRows, indices: Int) -> SparseRows:
    """The columns of these numbers, ascending; each goes by its place among them."""
    if len(indices) == rows.n_columns:
        return rows
    moved = np.full(rows.n_columns, -1, dtype=np.int64)
    moved[indices] = np.arange(len(indices))
    kept = rows.where(moved[rows.indices] >= 0)
    return SparseRows(kept.offsets, moved[kept.indices], kept.values, len(indices))


def beside(parts: Sequence[SparseRows]) -> SparseRows:
    """Rows of one or more parts of as many rows, the columns of the first before those of the second."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.sum([part.offsets for part in parts], axis=0)
    indices, values = np.empty(offsets[-1], np.int64), np.empty(offsets[-1], np.float32)
    begin, column = offsets[:-1].copy(), 0
    for part in parts:
        at = np.arange(len(part.indices)) + np.repeat(begin - part.offsets[:-1], part.counts)
        indices[at], values[at] = part.indices + column, part.values
        begin += part.counts
        column += part.n_columns
    return SparseRows(offsets, indices, values, column)
