"""select_rows: rows out of a matrix of sparse rows, with the row of each entry."""

from __future__ import annotations

from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from .native import Kernel, Operator


def _native(kernel: Kernel, source: TensorRows, chosen: Tensor, capacity: int) -> tuple[TensorRows, Tensor]:
    """The chosen [n] rows in their order, repeats allowed, and of each of their entries the number of its row in 0..n-1. capacity
    is a guess at the number of entries; a wrong one costs a second call."""
    n, offsets = len(chosen), chosen.new_empty(len(chosen) + 1)
    while True:
        whole, values = chosen.new_empty(2 * capacity), source.values.new_empty(capacity)
        total = kernel(
            source_offsets=source.offsets,
            source_indices=source.indices,
            source_values=source.values,
            chosen=chosen,
            n=n,
            capacity=capacity,
            offsets=offsets,
            indices=whole[:capacity],
            rows=whole[capacity:],
            values=values,
        )
        if total <= capacity:
            rows = whole[capacity : capacity + total]
            return SparseRows(offsets, whole[:total], values[:total], source.n_columns), rows
        capacity = total


def _twin(source: TensorRows, chosen: Tensor, capacity: int) -> tuple[TensorRows, Tensor]:
    found = source.select(chosen)
    return found, found.row_indices()


run_select_rows = Operator("select_rows", _native, _twin)
