"""group_rows, group_entries, group_places: which examples, or which sparse entries, add to which row of a table, and the other way
round; and whether sparse rows are what they say."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from .native import Kernel, Operator, check, check_offsets, check_range

Rows = TensorRows  # its name among the operators
LOOKED_AT = "_looked_at"  # of rows: with what they were found to fit, and what they held then


class RowGroups(NamedTuple):
    """Group r belongs to row rows[r] of a table and holds order[starts[r] : starts[r + 1]]; weights, where there are some, lie
    beside order. rows [n] ascending, starts [n + 1], order [m] int64."""

    rows: Tensor
    starts: Tensor
    order: Tensor
    weights: Tensor | None = None


def _group_rows(kernel: Kernel, ids: Tensor, n_rows: int) -> RowGroups:
    """Groups ids [n], each in 0..n_rows-1; the order holds positions in ids, ascending within a group."""
    n = ids.shape[0]
    rows, starts, order = ids.new_empty(n), ids.new_empty(n + 1), ids.new_empty(n)
    groups = kernel(ids=ids, n=n, n_rows=n_rows, rows=rows, starts=starts, order=order)
    return RowGroups(rows[:groups], starts[: groups + 1], order)


def _group_rows_twin(ids: Tensor, n_rows: int) -> RowGroups:
    ordered, order = torch.sort(ids, stable=True)
    rows, counts = torch.unique_consecutive(ordered, return_counts=True)
    return RowGroups(rows, torch.cat([counts.new_zeros(1), counts.cumsum(0)]), order)


def _group_entries(kernel: Kernel, source: TensorRows, chosen: Tensor, n_columns: int, first: int, capacity: int) -> RowGroups:
    """Groups the entries of the chosen [n] rows by their column, 0..n_columns-1.

    The order holds first + the number of the chosen row that an entry stands in; weights are the entries' values. capacity is a
    guess at the number of entries; a wrong one costs a second call.
    """
    while True:
        whole = chosen.new_empty(3 * capacity + 1)
        rows, starts, order = whole[:capacity], whole[capacity : 2 * capacity + 1], whole[2 * capacity + 1 :]
        weights = source.values.new_empty(capacity)
        groups = kernel(
            source_offsets=source.offsets,
            source_indices=source.indices,
            source_values=source.values,
            chosen=chosen,
            n=chosen.shape[0],
            n_columns=n_columns,
            first=first,
            capacity=capacity,
            rows=rows,
            starts=starts,
            order=order,
            weights=weights,
        )
        if groups >= 0:
            return RowGroups(rows[:groups], starts[: groups + 1], order, weights)
        capacity = -groups


def _group_entries_twin(source: TensorRows, chosen: Tensor, n_columns: int, first: int, capacity: int) -> RowGroups:
    counts = (source.offsets[1:] - source.offsets[:-1])[chosen]
    row = torch.repeat_interleave(torch.arange(len(chosen), device=chosen.device), counts)
    begin = (source.offsets[:-1][chosen] - (counts.cumsum(0) - counts))[row]
    entries = torch.arange(len(row), device=row.device) + begin
    found = _group_rows_twin(source.indices[entries], n_columns)
    return RowGroups(found.rows, found.starts, row[found.order] + first, source.values[entries][found.order].contiguous())


def _group_places(kernel: Kernel, groups: RowGroups) -> Tensor:
    """The number of the group [m] that each member belongs to, in the order of what was grouped: rows[places] are the ids again."""
    places, (rows, starts, order, _) = torch.empty_like(groups.order), groups
    kernel(groups_rows=rows, groups_starts=starts, groups_order=order, groups_n=len(rows), places=places)
    return places


def _group_places_twin(groups: RowGroups) -> Tensor:
    return torch.empty_like(groups.order).index_copy_(0, groups.order, group_numbers(groups))


def group_numbers(groups: RowGroups) -> Tensor:
    """The number of the group that each place of the order belongs to."""
    counts = groups.starts[1:] - groups.starts[:-1]
    return torch.arange(len(counts), device=counts.device).repeat_interleave(counts)


group_rows = Operator("group_rows", _group_rows, _group_rows_twin)
group_entries = Operator("group_entries", _group_entries, _group_entries_twin)
group_places = Operator("group_places", _group_places, _group_places_twin)


def check_rows(rows: TensorRows, name: str, n_columns: int, like: Tensor, n_rows: int | None = None) -> None:
    """Raise TypeError, ValueError or IndexError unless the rows are sparse rows over n_columns. Rows that were looked at are not
    looked at again until torch writes into them: a model's own are asked about at every call."""
    if not isinstance(rows, SparseRows):
        raise TypeError(f"{name}: wanted sparse rows, got {type(rows).__name__}")
    offsets, indices, values = rows.offsets, rows.indices, rows.values
    state = n_columns, like.dtype, like.device, *_state(offsets), *_state(indices), *_state(values)
    known = vars(rows).get(LOOKED_AT) == state
    if not known:
        check(offsets, f"{name}.offsets", (None,), like=like, dtype=torch.int64)
        check(values, f"{name}.values", (None,), like=like)
        check(indices, f"{name}.indices", tuple(values.shape), like=like, dtype=torch.int64)
    if n_rows is not None and len(offsets) != n_rows + 1:
        raise ValueError(f"{name}.offsets: wanted shape [{n_rows + 1}], got {list(offsets.shape)}")
    if not known:
        check_offsets(offsets, f"{name}.offsets", len(indices))
        check_range(indices, f"{name}.indices", n_columns)
        if None not in state:
            vars(rows)[LOOKED_AT] = state


def _state(tensor: object) -> tuple[int | None, ...]:
    """Where a tensor lies, how much it holds, and how often torch has written into it; None where that is not counted."""
    if not isinstance(tensor, Tensor) or tensor.layout != torch.strided or torch.compiler.is_compiling() or tensor.is_inference():
        return (None,)
    return tensor.data_ptr(), tensor.numel(), tensor._version
