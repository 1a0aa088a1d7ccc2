"""Which few features of each row a small change is looked for among."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .origin import Origin
from .problem import Problem

WIDEST = 24  # with more columns, their images cost more than a few gradients over all features
ENOUGH = 1.2  # times the margin: what the chosen features bring together, to first order


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


def steepest(problem: Problem, origin: Origin, rows: Tensor, among: Columns | None, least: int) -> Columns:
    """Of each of the rows [m] the features, of those given for every row of the problem or of all, that pull hardest, |gradient|
    where there is room to go downhill: at least `least`, and so many that to first order they turn the margin around with some to
    spare; WIDEST at most.

    A change that is small in the sense of its l1 norm is made of these: to first order, it is of no others.
    """
    if among is None:
        numbers, g, low, high = None, origin.gradient[rows], problem.low[rows], problem.high[rows]
    else:
        numbers, real = among.select(rows).padded()
        g, low, high = (of_all[rows[:, None], numbers] for of_all in (origin.gradient, problem.low, problem.high))
        g = g * real
    room = torch.where(g > 0, -low, high)
    top = torch.where(room > 0, g.abs(), 0).topk(min(WIDEST, g.shape[1]), dim=1)
    brought = (top.values * room.gather(1, top.indices)).cumsum(dim=1)
    wanted = (brought < ENOUGH * origin.margin[rows, None]).sum(dim=1).add_(1).clamp_(min=least)
    counts = torch.minimum(wanted, (top.values > 0).sum(dim=1))
    best = top.indices if numbers is None else numbers.gather(1, top.indices)
    return Columns.counted(counts, best[torch.arange(best.shape[1], device=best.device) < counts[:, None]])
