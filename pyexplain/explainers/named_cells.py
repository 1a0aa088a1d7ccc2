"""What is told of many explanations, feature by feature, as arrays: a row of a table each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .types import Explanations

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
NO_FEATURE = -1
SAME = 1e-6  # what is nearer to 0 than this is 0 but for rounding


class NamedCells(NamedTuple):
    """m features of n pairs, pair by pair as they are told; a pair that has none has NO_FEATURE. pair [m], feature [m], weight [m];
    before [m]: its value of f_u or f_i now; after [m]: with the change, None where explanations change nothing."""

    pair: Int
    feature: Int
    weight: Float
    before: Float
    after: Float | None


def named_cells(found: Explanations, values: SparseRows, top: int) -> NamedCells:
    """Of each of n explanations the `top` largest weights, and behind them what else its change is made of: Explanations.named of
    all at once. values [n, P]: the rows of f_u or f_i that are changed."""
    weights, entries = found.weights, _largest(found.weights, top)
    pair, feature = weights.row_indices()[entries], weights.indices[entries]
    if found.change is not None:
        row, column = found.change.row_indices(), found.change.indices
        named = np.zeros(len(weights.values), dtype=np.float32)
        named[entries] = 1.0
        more = cells_of(weights.with_values(named), row, column) == 0
        pair, feature = np.concatenate([pair, row[more]]), np.concatenate([feature, column[more]])
    silent = np.flatnonzero(np.bincount(pair, minlength=len(found)) == 0)
    pair, feature = np.concatenate([pair, silent]), np.concatenate([feature, np.full(len(silent), NO_FEATURE)])
    order = np.argsort(pair, kind="stable")
    pair, feature = pair[order], feature[order]
    before = cells_of(values, pair, feature)
    after = None
    if found.change is not None:
        after = before + cells_of(found.change, pair, feature)
        after[np.abs(after) <= SAME] = 0.0
    return NamedCells(pair, feature, cells_of(found.weights, pair, feature), before, after)


def _largest(weights: SparseRows, top: int) -> Int:
    """Where the `top` largest entries above 0 of each row stand, falling; ties in the order of columns."""
    row, kept = weights.row_indices(), np.flatnonzero(weights.values > 0)
    order = kept[np.lexsort((-weights.values[kept], row[kept]))]
    rows = row[order]
    found: Int = order[np.arange(len(order)) - np.searchsorted(rows, rows) < top]
    return found


def _keys(row: Int, column: Int, rows: SparseRows) -> Int:
    return row * rows.n_columns + column


def cells_of(rows: SparseRows, row: Int, column: Int) -> Float:
    """Entries [m]; 0 where nothing is stored."""
    known, wanted = _keys(rows.row_indices(), rows.indices, rows), _keys(row, column, rows)
    if len(known) == 0:
        return np.zeros(len(wanted))
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    there = (known[place] == wanted) & (column != NO_FEATURE)
    return np.where(there, rows.values[place].astype(np.float64), 0.0)
