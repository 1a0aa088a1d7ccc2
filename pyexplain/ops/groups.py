"""Grouping by row: which examples, or which sparse entries, add to which row of a table."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ._check import native_name
from .native import native


class RowGroups(NamedTuple):
    """Group r belongs to row rows[r] of a table and holds order[starts[r] : starts[r + 1]]; weights, where there are some, lie
    beside order. rows [n] ascending, starts [n + 1], order [m] int64."""

    rows: Tensor
    starts: Tensor
    order: Tensor
    weights: Tensor | None = None


def group_rows(ids: Tensor, n_rows: int) -> RowGroups:
    """Groups ids [n], each in 0..n_rows-1; the order holds positions in ids, ascending within a group."""
    if ids.is_cuda:
        return _sorted_groups(ids)
    n = ids.shape[0]
    rows, starts, order = ids.new_empty(n), ids.new_empty(n + 1), ids.new_empty(n)
    groups = native().group_rows(
        ids=ids.data_ptr(), n=n, n_rows=n_rows, rows=rows.data_ptr(), starts=starts.data_ptr(), order=order.data_ptr()
    )
    return RowGroups(rows[:groups], starts[: groups + 1], order)


def group_entries(source: TensorRows, chosen: Tensor, n_columns: int, first: int, capacity: int) -> RowGroups:
    """Groups the entries of the chosen [n] rows by their column, 0..n_columns-1.

    The order holds first + the number of the chosen row that an entry stands in; weights are the entries' values. capacity is a
    guess at the number of entries; a wrong one costs a second call.
    """
    if chosen.is_cuda:
        return _sorted_entries(source, chosen, first)
    function, n = getattr(native(), native_name("group_entries", source.values)), chosen.shape[0]
    while True:
        whole = chosen.new_empty(3 * capacity + 1)
        rows, starts, order = whole[:capacity], whole[capacity : 2 * capacity + 1], whole[2 * capacity + 1 :]
        weights = source.values.new_empty(capacity)
        groups = function(
            from_offsets=source.offsets.data_ptr(),
            from_indices=source.indices.data_ptr(),
            from_values=source.values.data_ptr(),
            chosen=chosen.data_ptr(),
            n=n,
            n_columns=n_columns,
            first=first,
            capacity=capacity,
            rows=rows.data_ptr(),
            starts=starts.data_ptr(),
            order=order.data_ptr(),
            weights=weights.data_ptr(),
        )
        if groups >= 0:
            return RowGroups(rows[:groups], starts[: groups + 1], order, weights)
        capacity = -groups


def _sorted_groups(ids: Tensor) -> RowGroups:
    ordered, order = torch.sort(ids, stable=True)
    rows, counts = torch.unique_consecutive(ordered, return_counts=True)
    return RowGroups(rows, torch.cat([counts.new_zeros(1), counts.cumsum(0)]), order)


def _sorted_entries(source: TensorRows, chosen: Tensor, first: int) -> RowGroups:
    counts = (source.offsets[1:] - source.offsets[:-1])[chosen]
    row = torch.repeat_interleave(torch.arange(len(chosen), device=chosen.device), counts)
    begin = (source.offsets[:-1][chosen] - (counts.cumsum(0) - counts))[row]
    entries = torch.arange(len(row), device=row.device) + begin
    found = _sorted_groups(source.indices[entries])
    return RowGroups(found.rows, found.starts, row[found.order] + first, source.values[entries][found.order].contiguous())
