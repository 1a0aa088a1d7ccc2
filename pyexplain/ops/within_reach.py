"""within_reach: which columns of rows of scores reach a bound when they are lifted by as much as a few rows of a table say."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..data.views import offsets_of
from .groups import check_rows
from .native import Kernel, Operator, check, check_range


class Reach(NamedTuple):
    """Rows [n] of scores [m, I] by their numbers chosen [n], and by how much each is lifted: constant [n], and lifts [n, T] of the
    rows of table [T, I]. least [n]: what is to be reached."""

    scores: Tensor
    chosen: Tensor
    least: Tensor
    constant: Tensor
    lifts: TensorRows
    table: Tensor

    def check(self) -> None:
        """Raise TypeError, ValueError or IndexError unless everything fits together."""
        check(self.scores, "scores", (None, None))
        check(self.chosen, "chosen", (None,), like=self.scores, dtype=torch.int64)
        check_range(self.chosen, "chosen", len(self.scores))
        for name in ("least", "constant"):
            check(getattr(self, name), name, tuple(self.chosen.shape), like=self.scores)
        check(self.table, "table", (None, self.scores.shape[1]), like=self.scores)
        check_rows(self.lifts, "lifts", len(self.table), self.scores, len(self.chosen))

    def select(self, rows: Tensor) -> Reach:
        """Some of the rows, by their numbers."""
        parts = self.chosen[rows], self.least[rows], self.constant[rows]
        return Reach(self.scores, *parts, self.lifts.select(rows), self.table)


def _native(kernel: Kernel, of: Reach, counts: Tensor | None) -> Tensor:
    n, p, lifts = len(of.chosen), of.scores.shape[1], of.lifts
    fields = {name: getattr(of, name) for name in ("scores", "chosen", "least", "constant", "table")}
    fields |= {"lifts_offsets": lifts.offsets, "lifts_indices": lifts.indices, "lifts_values": lifts.values}
    offsets = None if counts is None else offsets_of(counts)
    out = of.chosen.new_empty(n if offsets is None else int(offsets[-1]))
    written = {"counts": out, "columns": None} if offsets is None else {"counts": None, "columns": out}
    if offsets is None or len(out):
        kernel(**fields, **written, offsets=offsets, n=n, p=p)
    return out


def _twin(of: Reach, counts: Tensor | None) -> Tensor:
    lifted = of.scores[of.chosen] + of.constant[:, None] + of.lifts.dense(len(of.table)) @ of.table
    reached = lifted >= of.least[:, None]
    return reached.sum(dim=1) if counts is None else reached.nonzero()[:, 1]


run_within_reach = Operator("within_reach", _native, _twin)


def within_reach(
    scores: Tensor, chosen: Tensor, least: Tensor, constant: Tensor, lifts: TensorRows, table: Tensor
) -> tuple[Tensor, Tensor]:
    """Of each of n rows, how many columns reach [n], and which, row by row and ascending [sum]: those with
    scores[chosen, i] + constant + (lifts @ table)[i] >= least. scores [m, I], chosen [n], least [n], constant [n], lifts [n, T],
    table [T, I]. No autograd. Raises TypeError, ValueError or IndexError for what does not fit."""
    of = Reach(scores, chosen, least, constant, lifts, table)
    of.check()
    counts = run_within_reach(of, None)
    return counts, run_within_reach(of, counts)
