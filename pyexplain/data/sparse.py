"""Sparse rows (CSR) of features: a user mentions 3 of 325 features, so dense rows would waste a hundredfold.

One class with two views: its arrays are numpy's in data and results, torch's where networks and solvers compute. `tensors` and
`arrays` go from one to the other, on the processor without a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeVar

from ..old_names import renamed_field
from .views import blocks, in_form_of, joined, like, moved, offsets_of, on_host, places_of, row_of_each

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float32]
Whole = TypeVar("Whole", bound=Any, default=Int)
Real = TypeVar("Real", bound=Any, default=Float)
UNKNOWN = -1  # columns of rows made of bare tensors: whoever multiplies them knows how many there are


@dataclass(frozen=True, eq=False)
class SparseRows(Generic[Whole, Real]):
    """Rows of a matrix [n_rows, n_columns] in compressed form.

    offsets [n_rows + 1] int64, ascending from 0; indices [nnz] int64 in 0..n_columns-1, ascending and unique within a row;
    values [nnz] float32, finite. Either all are numpy arrays, and ValueError is raised where this does not hold; or all are tensors
    on one device, with values of any float type, and are trusted: to look at them is to wait for the device.
    """

    offsets: Whole
    indices: Whole
    values: Real
    n_columns: int = UNKNOWN

    def __post_init__(self) -> None:
        if isinstance(self.offsets, np.ndarray):
            _check(self.offsets, self.indices, self.values, self.n_columns)

    def __repr__(self) -> str:
        """One line: how large it is, not what is in it."""
        columns = "?" if self.n_columns == UNKNOWN else f"{self.n_columns:,}"
        return f"<SparseRows [{self.n_rows:,}, {columns}], {self.indices.shape[0]:,} entries>"

    def __iter__(self) -> Iterator[Any]:
        """offsets, indices, values."""
        return iter((self.offsets, self.indices, self.values))

    @property
    def n_rows(self) -> int:
        """Number of rows, empty ones included."""
        return self.offsets.shape[0] - 1  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, int]:
        """(n_rows, n_columns), as of the dense matrix."""
        return self.n_rows, self.n_columns

    @property
    def counts(self) -> Whole:
        """How many entries each row stores, [n_rows]."""
        return self.offsets[1:] - self.offsets[:-1]  # type: ignore[no-any-return]

    def row(self, index: int) -> tuple[Whole, Real]:
        """Columns and values of one row."""
        start, stop = self.offsets[index], self.offsets[index + 1]
        return self.indices[start:stop], self.values[start:stop]

    def row_indices(self) -> Whole:
        """The row of each stored entry, [nnz]."""
        return row_of_each(self.counts, self.indices.shape[0])  # type: ignore[no-any-return]

    row_numbers = renamed_field("row_numbers", "row_indices")

    def entries(self, rows: npt.ArrayLike | Tensor) -> Whole:
        """Where the entries of the given rows stand, in the order of these rows."""
        return self._entries(rows)[1]

    def select(self, rows: npt.ArrayLike | Tensor) -> SparseRows[Whole, Real]:
        """The given rows, in the given order, repeats allowed."""
        offsets, at = self._entries(rows)
        return _of_checked(offsets, self.indices[at], self.values[at], self.n_columns)

    def where(self, kept: Any) -> SparseRows[Whole, Real]:
        """The entries at which kept [nnz] holds."""
        return _of_checked(offsets_of(kept)[self.offsets], self.indices[kept], self.values[kept], self.n_columns)

    def with_values(self, values: Real) -> SparseRows[Whole, Real]:
        """Other values [nnz] in the same cells; ValueError as for new rows."""
        if len(values) != len(self.values) or (isinstance(values, np.ndarray) and not np.isfinite(values).all()):
            raise ValueError(f"wanted {len(self.values)} finite values")
        return _of_checked(self.offsets, self.indices, values, self.n_columns)

    def dense(self, n_columns: int | None = None) -> Real:
        """The matrix [n_rows, n_columns]; for small pieces and tests. n_columns: for rows that do not know theirs."""
        width = self.n_columns if n_columns is None else n_columns
        if width < 0:
            raise ValueError("these rows do not know how many columns they have; say how many, as dense(n_columns)")
        as_array = isinstance(self.values, np.ndarray)
        out = np.zeros((self.n_rows, width), np.float32) if as_array else self.values.new_zeros(self.n_rows, width)
        out[self.row_indices(), self.indices] = self.values
        return out  # type: ignore[return-value]

    def tensors(self, device: torch.device | str = "cpu") -> TensorRows:
        """The same rows as tensors there; who gets them must not write: they may lie in the memory of arrays."""
        offsets, indices, values = (moved(part, device) for part in self)
        return SparseRows(offsets, indices, values, self.n_columns)

    def arrays(self) -> SparseRows:
        """The same rows as numpy arrays."""
        if isinstance(self.offsets, np.ndarray):
            return self  # type: ignore[return-value]
        offsets, indices, values = (part.detach().cpu().numpy() for part in self)
        return SparseRows(offsets, indices, values, self.n_columns)

    @staticmethod
    def of(rows: SparseRows, device: torch.device | str = "cpu") -> TensorRows:
        """rows.tensors(device)."""
        return rows.tensors(device)

    @staticmethod
    def stacked(parts: Sequence[SparseRows[Whole, Real]]) -> SparseRows[Whole, Real]:
        """The rows of one or more parts under each other."""
        offsets = offsets_of(joined([part.counts for part in parts]))
        indices, values = joined([part.indices for part in parts]), joined([part.values for part in parts])
        return _of_checked(offsets, indices, values, parts[0].n_columns)

    @staticmethod
    def from_triples(rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike, shape: tuple[int, int]) -> SparseRows:
        """From (row, column, value) triples in any order, each cell at most once (ValueError otherwise)."""
        r, c = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        v = np.asarray(values, dtype=np.float32)
        offsets = offsets_of(np.bincount(r, minlength=shape[0]))
        if len(offsets) != shape[0] + 1:
            raise ValueError(f"row numbers must lie in 0..{shape[0] - 1}, got {r.max()}")
        order = _row_order(r, c, shape)
        return SparseRows(offsets, c[order], v[order], shape[1])

    @staticmethod
    def from_dense(matrix: npt.ArrayLike) -> SparseRows:
        """The non-zero entries of a matrix [n_rows, n_columns]."""
        dense = np.asarray(matrix, dtype=np.float32)
        kept = dense != 0
        at = np.flatnonzero(kept)  # in row order already: nothing to sort
        return SparseRows(
            offsets_of(np.count_nonzero(kept, axis=1)), at % max(1, dense.shape[1]), dense.ravel()[at], dense.shape[1]
        )

    @staticmethod
    def empty(shape: tuple[int, int]) -> SparseRows:
        """No entry at all."""
        return _of_checked(np.zeros(shape[0] + 1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), shape[1])

    def _entries(self, rows: npt.ArrayLike | Tensor) -> tuple[Whole, Whole]:
        """Offsets of the given rows once they are selected, and where their entries stand now."""
        chosen, own = like(self.offsets, rows), self.offsets
        host, at = on_host(own), on_host(chosen)
        offsets, chosen = (own, chosen) if host is None or at is None else (host, at)
        starts = offsets[:-1][chosen]
        counts = offsets[1:][chosen] - starts
        ends = offsets_of(counts)
        return in_form_of(own, ends), in_form_of(own, places_of(starts, ends, counts))


if TYPE_CHECKING:
    TensorRows: TypeAlias = SparseRows[Tensor, Tensor]
else:
    TensorRows = SparseRows


def _of_checked(offsets: Whole, indices: Whole, values: Real, n_columns: int) -> SparseRows[Whole, Real]:
    """Rows that are some of rows which were looked at when they were made: they need no second look."""
    made: SparseRows[Whole, Real] = object.__new__(SparseRows)
    for name, part in (("offsets", offsets), ("indices", indices), ("values", values), ("n_columns", n_columns)):
        object.__setattr__(made, name, part)
    return made


def _check(offsets: Int, indices: Int, values: Float, n_columns: int) -> None:
    if offsets.ndim != 1 or len(offsets) == 0 or offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise ValueError("offsets must be one ascending row that starts at 0")
    if len(indices) != offsets[-1] or len(values) != offsets[-1]:
        raise ValueError(f"offsets end at {offsets[-1]}, but there are {len(indices)} indices and {len(values)} values")
    if len(indices) and (indices.min() < 0 or indices.max() >= n_columns):
        raise ValueError(f"indices must lie in 0..{n_columns - 1}, got {indices.min()}..{indices.max()}")
    if not all(np.isfinite(values[part]).all() for part in blocks(len(values))):
        raise ValueError("values must be finite")
    inside = np.ones(len(indices), dtype=bool)
    inside[offsets[:-1][offsets[:-1] < len(indices)]] = False
    steps = (
        (np.diff(indices[max(0, at.start - 1) : at.stop]) <= 0) & inside[max(1, at.start) : at.stop] for at in blocks(len(indices))
    )
    if any(part.any() for part in steps):
        raise ValueError("indices must be ascending and unique within each row")


def _row_order(rows: Int, columns: Int, shape: tuple[int, int]) -> Int:
    """Which of the entries comes first, second, ...: by row, and by column within it. By one key where both fit into it."""
    if len(columns) == 0 or columns.min() < 0 or columns.max() >= shape[1] or shape[0] * shape[1] > np.iinfo(np.int64).max:
        return np.lexsort((columns, rows))
    cells = rows * shape[1] + columns
    return np.arange(len(cells)) if bool((cells[1:] > cells[:-1]).all()) else np.argsort(cells, kind="stable")


NOTHING_LEFT = 1e-6  # values below are what rounding leaves of one that was taken away whole


def _met(keys: Int, cells: Int) -> tuple[Int, Bool]:
    """Of cells [m] among keys [n], both ascending and each once: where each stands, or would have to be put in; and whether it is
    there. By one merge: a search for each would take as long as sorting."""
    order = np.argsort(np.concatenate([keys, cells]), kind="stable")
    before = np.flatnonzero(order >= len(keys)) - np.arange(len(cells))  # keys that are as small, or smaller
    there = (before > 0) & (keys[np.maximum(before, 1) - 1] == cells) if len(keys) else np.zeros(len(cells), dtype=bool)
    return before - there, there


def exact_change(rows: SparseRows, change: SparseRows) -> SparseRows:
    """The change [n, P] of rows [n, P], entries that take a value away but for rounding made to take it away whole, and those
    that change nothing left out."""
    place, there = _met(*(r.row_indices() * r.n_columns + r.indices for r in (rows, change)))
    values = change.values.copy()
    before = rows.values[place[there]]
    whole = np.abs(before + values[there]) <= NOTHING_LEFT
    values[np.flatnonzero(there)[whole]] = -before[whole]
    exact = _of_checked(change.offsets, change.indices, values, change.n_columns)
    return exact if bool((values != 0).all()) else exact.where(values != 0)


def apply_change(rows: SparseRows, change: SparseRows) -> SparseRows:
    """rows + change, entries that become zero left out; both [n, P]."""
    if rows.shape != change.shape:
        raise ValueError(f"rows are {rows.shape}, their change is {change.shape}")
    cells, moved_cells = (r.row_indices() * r.n_columns + r.indices for r in (rows, change))
    totals, (place, there) = rows.values.astype(np.float64), _met(cells, moved_cells)
    totals[place[there]] += change.values[there]
    if not there.all():
        new = ~there
        cells, totals = np.insert(cells, place[new], moved_cells[new]), np.insert(totals, place[new], change.values[new])
    kept = np.abs(totals) > NOTHING_LEFT
    row, column = np.divmod(cells[kept], rows.n_columns)  # in their order already, each cell once
    offsets = offsets_of(np.bincount(row, minlength=rows.n_rows))
    return _of_checked(offsets, column, totals[kept].astype(np.float32), rows.n_columns)
