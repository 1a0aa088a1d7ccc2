"""group_sums: what the members of each group add to a row of a table."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from .add_at import add_at
from .groups import RowGroups, group_numbers
from .native import Kernel, Operator


class Added(NamedTuple):
    """What a member m adds: weights[m] * values[value_rows[m]] * factors[factor_rows[m]]. Without numbers of rows it is row m
    itself; factors and weights may be left out. values [.., width], whose rows may lie apart, factors [.., width], weights [m]."""

    values: Tensor
    value_rows: Tensor | None = None
    factors: Tensor | None = None
    factor_rows: Tensor | None = None
    weights: Tensor | None = None


def _native(kernel: Kernel, added: Added, groups: RowGroups, out: Tensor | None = None) -> Tensor:
    """Sums [groups, width]; out: written there."""
    rows, starts, order, _ = groups
    sums = added.values.new_empty(len(rows), added.values.shape[1]) if out is None else out
    kernel(
        **added._asdict(),
        groups_rows=rows,
        groups_starts=starts,
        groups_order=order,
        groups_n=len(rows),
        width=sums.shape[1],
        stride=added.values.stride(0),
        sums=sums,
    )
    return sums


def _twin(added: Added, groups: RowGroups, out: Tensor | None = None) -> Tensor:
    group, members = group_numbers(groups), groups.order
    terms = added.values[members if added.value_rows is None else added.value_rows[members]]
    if added.factors is not None:
        terms = terms * added.factors[members if added.factor_rows is None else added.factor_rows[members]]
    if added.weights is not None:
        terms = terms * added.weights[members, None]
    sums = added.values.new_empty(len(groups.rows), terms.shape[1]) if out is None else out
    return add_at(sums.zero_(), group, terms)


run_group_sums = Operator("group_sums", _native, _twin)
