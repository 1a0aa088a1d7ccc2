"""What attention reads of its tables for a batch, and gradients brought back to their rows."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..ops import RowGradients
from ..ops.group_sums import Added, run_group_sums
from ..ops.groups import RowGroups, group_rows
from ..ops.native import check, check_range

# How many different rows a batch reads is another number each time, and oneDNN prepares itself for each number of rows that it has
# not met before, which takes longer than the product (docs/native.md): rounded up, there are few.
FILLED = 64
SIDES = (("user_embedding", "user_attention"), ("item_embedding", "item_attention"))


class AttendedTables(NamedTuple):
    """e_u [U, d], e_i [I, d], w [P, d], M_a [d, d], M_b [d, d]."""

    user_embedding: Tensor
    item_embedding: Tensor
    words: Tensor
    user_attention: Tensor
    item_attention: Tensor

    def check(self, user_rows: TensorRows, item_rows: TensorRows) -> None:
        """Raise TypeError, ValueError or IndexError unless everything fits together."""
        check(self.words, "words", (None, None))
        n_words, d = self.words.shape
        for names, rows in zip(SIDES, (user_rows, item_rows), strict=True):
            for name, shape in zip(names, ((rows.n_rows, d), (d, d)), strict=True):
                check(getattr(self, name), name, shape, like=self.words)
            check_range(rows.indices, "features", n_words)


class Encodings(NamedTuple):
    """The rows of one table that a batch reads: numbers [s] of the rows (distinct: the first n_distinct are ascending, each once,
    and what follows fills up), which pairs read each (groups of 0..2n-1, and the other way round, places [2n]), and e [s, d]."""

    indices: Tensor
    n_distinct: int | None
    groups: RowGroups
    places: Tensor
    e: Tensor


def filled_up(groups: RowGroups) -> RowGroups:
    """The same with groups of nobody behind, of the last row again, up to a multiple of FILLED."""
    rows, starts = groups.rows, groups.starts
    missing = -len(rows) % FILLED
    ends = rows[-1:].expand(missing), starts[-1:].expand(missing)
    return groups._replace(rows=torch.cat([rows, ends[0]]), starts=torch.cat([starts, ends[1]])) if missing else groups


def sparse_rows(dense: Tensor) -> TensorRows:
    """The entries of [n, P] that are not 0."""
    kept = dense != 0
    offsets = torch.cat([kept.new_zeros(1, dtype=torch.int64), kept.sum(dim=1).cumsum(0)])
    return SparseRows(offsets, kept.nonzero()[:, 1].contiguous(), dense[kept], dense.shape[1])


def by_row(of: Encodings, values: Tensor, table: Tensor) -> RowGradients:
    """values [s, d] by row of the table, those of the same row added up."""
    if of.n_distinct is not None:
        return RowGradients(of.indices[: of.n_distinct], values[: of.n_distinct])
    groups = group_rows(of.indices, len(table))
    return RowGradients(groups.rows, run_group_sums(Added(values), groups))
