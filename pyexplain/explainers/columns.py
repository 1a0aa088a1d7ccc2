"""Which few features of each row a small change is looked for among."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..margin.affine import Tangent
from ..ops import Pull, steepest_columns
from .problem import Problem

WIDEST = 24  # with more columns, their images cost more than a few gradients over all features
ENOUGH = 1.05  # times the margin: what the chosen features bring together, to first order


@dataclass(frozen=True, eq=False)
class Columns:
    """Features of m rows: numbers [T] of them, those of row r at offsets[r]:offsets[r + 1], offsets [m + 1] from 0."""

    offsets: Tensor
    numbers: Tensor

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def counts(self) -> Tensor:
        """How many each row has, [m]."""
        return self.offsets.diff()

    def row_numbers(self) -> Tensor:
        """The row of each entry, [T]."""
        counts = self.counts
        return torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts, output_size=len(self.numbers))

    def entries(self, rows: Tensor) -> Tensor:
        """The places of the entries of some rows, in the order of these rows."""
        counts = self.counts[rows]
        ends = counts.cumsum(0)
        shift = torch.repeat_interleave(self.offsets[rows] - (ends - counts), counts)
        return shift.add_(torch.arange(len(shift), device=shift.device))

    def select(self, rows: Tensor) -> Columns:
        """The given rows."""
        return Columns.counted(self.counts[rows], self.numbers[self.entries(rows)])

    @staticmethod
    def counted(counts: Tensor, numbers: Tensor) -> Columns:
        """So many of each row."""
        return Columns(torch.cat([counts.new_zeros(1), counts.cumsum(0)]), numbers)

    @staticmethod
    def where(mask: Tensor) -> Columns:
        """All features at which mask [n, P] holds."""
        return Columns.counted(mask.sum(dim=1), mask.nonzero()[:, 1].contiguous())

    def padded(self) -> tuple[Tensor, Tensor]:
        """[m, S], filled up with 0, and where they are meant, [m, S]."""
        counts = self.counts
        real = torch.arange(max(1, int(counts.max())) if len(counts) else 1, device=counts.device) < counts[:, None]
        return torch.zeros_like(real, dtype=torch.int64).masked_scatter_(real, self.numbers), real


def own_columns(problem: Problem) -> Columns:
    """The features that each row of a problem on the user's side has, and that are allowed: those that can fall."""
    rows, device = problem.rows, problem.low.device
    offsets, row, numbers = (torch.from_numpy(part).to(device) for part in (rows.offsets, rows.row_numbers(), rows.indices))
    can_fall = problem.low[row, numbers] < 0
    if bool(can_fall.all()):
        return Columns(offsets, numbers)
    return Columns.counted(torch.bincount(row[can_fall], minlength=len(problem)), numbers[can_fall])


def steepest(problem: Problem, tangent: Tangent, rows: Tensor, among: Columns | None, least: int) -> Columns:
    """Of each of the rows [m] the features, of those given for every row of the problem or of all, that pull hardest, |gradient|
    where there is room to go downhill: at least `least`, and so many that to first order they turn the margin around with some to
    spare; WIDEST at most.

    A change that is small in the sense of its l1 norm is made of these: to first order, it is of no others.
    """
    pull = Pull(tangent.gradient, tangent.value, problem.low, problem.high)
    given = None if among is None else (among.offsets, among.numbers)
    return Columns.counted(*steepest_columns(pull, rows, given, least, WIDEST, ENOUGH))
