"""Sparse rows (CSR) of features: a user mentions 3 of 325 features, so dense rows would waste a hundredfold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SparseRows:
    """Rows of a matrix [n_rows, n_columns] in compressed form.

    offsets [n_rows + 1] int64, ascending from 0; indices [nnz] int64 in 0..n_columns-1, ascending and unique within a row;
    values [nnz] float32, finite. Raises ValueError where these do not hold.
    """

    offsets: Int
    indices: Int
    values: Float
    n_columns: int

    def __post_init__(self) -> None:
        offsets, indices, values = self.offsets, self.indices, self.values
        if offsets.ndim != 1 or len(offsets) == 0 or offsets[0] != 0 or (np.diff(offsets) < 0).any():
            raise ValueError("offsets must be one ascending row that starts at 0")
        if len(indices) != offsets[-1] or len(values) != offsets[-1]:
            raise ValueError(f"offsets end at {offsets[-1]}, but there are {len(indices)} indices and {len(values)} values")
        if len(indices) and (indices.min() < 0 or indices.max() >= self.n_columns):
            raise ValueError(f"indices must lie in 0..{self.n_columns - 1}, got {indices.min()}..{indices.max()}")
        if not np.isfinite(values).all():
            raise ValueError("values must be finite")
        inside = np.ones(len(indices), dtype=bool)
        inside[offsets[:-1][offsets[:-1] < len(indices)]] = False
        if (np.diff(indices, prepend=-1)[inside] <= 0).any():
            raise ValueError("indices must be ascending and unique within each row")

    @property
    def n_rows(self) -> int:
        """Number of rows, empty ones included."""
        return len(self.offsets) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """(n_rows, n_columns), as of the dense matrix."""
        return self.n_rows, self.n_columns

    def row(self, index: int) -> tuple[Int, Float]:
        """Columns and values of one row."""
        start, stop = self.offsets[index], self.offsets[index + 1]
        return self.indices[start:stop], self.values[start:stop]

    def row_numbers(self) -> Int:
        """The row of each stored entry, [nnz]."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int64), np.diff(self.offsets))

    def select(self, rows: npt.ArrayLike) -> SparseRows:
        """The given rows, in the given order, repeats allowed."""
        chosen = np.asarray(rows, dtype=np.int64)
        counts = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        positions = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][chosen] - offsets[:-1], counts)
        return SparseRows(offsets, self.indices[positions], self.values[positions], self.n_columns)

    def dense(self) -> Float:
        """The matrix [n_rows, n_columns]; for small pieces and tests."""
        out = np.zeros(self.shape, dtype=np.float32)
        out[self.row_numbers(), self.indices] = self.values
        return out

    @staticmethod
    def from_triples(rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike, shape: tuple[int, int]) -> SparseRows:
        """From (row, column, value) triples in any order, each cell at most once (ValueError otherwise)."""
        r, c = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        v = np.asarray(values, dtype=np.float32)
        order = np.lexsort((c, r))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(r, minlength=shape[0]))]).astype(np.int64)
        if len(offsets) != shape[0] + 1:
            raise ValueError(f"row numbers must lie in 0..{shape[0] - 1}, got {r.max()}")
        return SparseRows(offsets, c[order], v[order], shape[1])

    @staticmethod
    def from_dense(matrix: npt.ArrayLike) -> SparseRows:
        """The non-zero entries of a matrix [n_rows, n_columns]."""
        dense = np.asarray(matrix, dtype=np.float32)
        kept = dense != 0
        at = np.flatnonzero(kept)  # in row order already: nothing to sort
        offsets = np.concatenate([[0], np.cumsum(np.count_nonzero(kept, axis=1), dtype=np.int64)])
        return SparseRows(offsets, at % max(1, dense.shape[1]), dense.ravel()[at], dense.shape[1])

    @staticmethod
    def empty(shape: tuple[int, int]) -> SparseRows:
        """No entry at all."""
        return SparseRows(np.zeros(shape[0] + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), shape[1])


NOTHING_LEFT = 1e-6  # values below are what rounding leaves of one that was taken away whole


def exact_change(rows: SparseRows, change: SparseRows) -> SparseRows:
    """The change [n, P] of rows [n, P], entries that take a value away but for rounding made to take it away whole, and those
    that change nothing left out."""
    keys, cells = (r.row_numbers() * r.n_columns + r.indices for r in (rows, change))
    place = np.minimum(np.searchsorted(keys, cells), max(0, len(keys) - 1))
    there = keys[place] == cells if len(keys) else np.zeros(len(cells), dtype=bool)
    values = change.values.copy()
    before = rows.values[place[there]]
    whole = np.abs(before + values[there]) <= NOTHING_LEFT
    values[np.flatnonzero(there)[whole]] = -before[whole]
    kept = values != 0
    if bool(kept.all()):
        return SparseRows(change.offsets, change.indices, values, change.n_columns)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(change.row_numbers()[kept], minlength=change.n_rows))]).astype(np.int64)
    return SparseRows(offsets, change.indices[kept], values[kept], change.n_columns)


def apply_change(rows: SparseRows, change: SparseRows) -> SparseRows:
    """rows + change, entries that become zero left out; both [n, P]."""
    if rows.shape != change.shape:
        raise ValueError(f"rows are {rows.shape}, their change is {change.shape}")
    keys = np.concatenate([r.row_numbers() * r.n_columns + r.indices for r in (rows, change)])
    cells, inverse = np.unique(keys, return_inverse=True)
    totals = np.bincount(inverse, weights=np.concatenate([rows.values, change.values]), minlength=len(cells))
    kept = np.abs(totals) > NOTHING_LEFT
    row, column = np.divmod(cells[kept], rows.n_columns)
    return SparseRows.from_triples(row, column, totals[kept], rows.shape)
