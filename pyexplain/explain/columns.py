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
    """numbers [n, S]: features of each row, of which the first counts [n] are meant."""

    numbers: Tensor
    counts: Tensor

    def of(self, rows: Tensor, width: int) -> tuple[Tensor, Tensor]:
        """Of some rows, [m, width], and where they are meant, [m, width]."""
        return self.numbers[rows, :width], torch.arange(width, device=rows.device) < self.counts[rows, None]

    def select(self, rows: Tensor) -> Columns:
        """The given rows."""
        return Columns(self.numbers[rows], self.counts[rows])

    @staticmethod
    def where(mask: Tensor) -> Columns:
        """All features at which mask [n, P] holds."""
        rows, features = mask.nonzero(as_tuple=True)
        counts = mask.sum(dim=1)
        places = torch.arange(len(rows), device=mask.device) - (counts.cumsum(0) - counts)[rows]
        width = int(counts.max()) if len(counts) else 0
        return Columns(rows.new_zeros(len(mask), max(1, width)).index_put_((rows, places), features), counts)


def steepest(problem: Problem, origin: Origin, rows: Tensor, among: Columns | None, least: int) -> Columns:
    """Of each of the rows [m] the features, of those given or of all, that pull hardest, |gradient| where there is room to go
    downhill: at least `least`, and so many that to first order they turn the margin around with some to spare; WIDEST at most.

    A change that is small in the sense of its l1 norm is made of these: to first order, it is of no others.
    """
    if among is None:
        numbers, g, low, high = None, origin.gradient[rows], problem.low[rows], problem.high[rows]
    else:
        numbers, real = among.of(rows, among.numbers.shape[1])
        g, low, high = (of_all[rows[:, None], numbers] for of_all in (origin.gradient, problem.low, problem.high))
        g = g * real
    room = torch.where(g > 0, -low, high)
    top = torch.where(room > 0, g.abs(), 0).topk(min(WIDEST, g.shape[1]), dim=1)
    brought = (top.values * room.gather(1, top.indices)).cumsum(dim=1)
    wanted = (brought < ENOUGH * origin.margin[rows, None]).sum(dim=1).add_(1).clamp_(min=least)
    counts = torch.minimum(wanted, (top.values > 0).sum(dim=1))
    return Columns(top.indices if numbers is None else numbers.gather(1, top.indices), counts)
