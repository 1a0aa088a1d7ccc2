"""Which features an explanation names: those of positive weight, largest first, at most k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Named:
    """Flat lists, by row and then by place: rows, features, places (0 = weighs most), each [m]; n_rows of explanations."""

    rows: Int
    features: Int
    places: Int
    n_rows: int
    n_features: int

    def counts(self) -> Int:
        """How many features each row names, [n_rows]."""
        return np.bincount(self.rows, minlength=self.n_rows)

    def upto(self, k: int) -> Named:
        """The first k of each row."""
        kept = self.places < k
        return Named(self.rows[kept], self.features[kept], self.places[kept], self.n_rows, self.n_features)

    def sets(self) -> SparseRows:
        """Rows of ones at the named features, [n_rows, P]."""
        return SparseRows.from_triples(self.rows, self.features, np.ones(len(self.rows)), (self.n_rows, self.n_features))


def in_rows(rows: SparseRows, row: Int, column: Int) -> Bool:
    """Whether the cells (row, column), each [m], are stored in the sparse rows."""
    cells = rows.row_indices() * rows.n_columns + rows.indices  # ascending
    asked = row * rows.n_columns + column
    if len(cells) == 0:
        return np.zeros(len(asked), dtype=bool)
    found: Bool = cells[np.minimum(np.searchsorted(cells, asked), len(cells) - 1)] == asked
    return found


def named_features(weights: SparseRows, k: int, last_of_equals: SparseRows | None = None) -> Named:
    """The k features of each row that weigh most, weight 0 or less never.

    Among equal weights the cells stored in `last_of_equals` come last (ties count against the method), then feature order.
    """
    rows, keep = weights.row_indices(), weights.values > 0
    rows, columns, keys = rows[keep], weights.indices[keep], weights.values[keep].astype(np.float64)
    if last_of_equals is not None:
        late = in_rows(last_of_equals, rows, columns)
        keys[late] = np.nextafter(keys[late], -np.inf)  # less than any step of float32
    order = np.lexsort((-keys, rows))
    starts = np.searchsorted(rows, np.arange(weights.n_rows))
    rows, columns = rows[order], columns[order]
    places = np.arange(len(rows)) - starts[rows]
    return Named(rows, columns, places, weights.n_rows, weights.n_columns).upto(k)
