"""Problems over a few features of each row, seen from the hidden layer: once the image of each feature there is known, a margin
costs as much as adding up a few hidden vectors, and no matrix product at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .columns import Columns
from .origin import Origin
from .problem import Problem

ENTRIES_AT_ONCE = 1024  # images of so many features at a time stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Narrow:
    """n rows of S features: low, high [n, S] (a row with fewer is filled up with some that have no room to change).

    start [n, 2h]: what goes into the relu for items i and j at delta = 0. images [n, S, 2h]: what one unit of each feature adds
    there. readout [2h]: the head's for i, and its negative for j. margin = readout . relu(start + delta images).
    """

    low: Tensor
    high: Tensor
    start: Tensor
    images: Tensor
    readout: Tensor

    def __len__(self) -> int:
        return len(self.start)

    def select(self, rows: Tensor) -> Narrow:
        """The given rows."""
        return Narrow(self.low[rows], self.high[rows], self.start[rows], self.images[rows], self.readout)

    def margin(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""
        return self._before(delta).clamp_min_(0) @ self.readout

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, S]."""
        before = self._before(delta)
        slope = (before > 0) * self.readout  # [n, 2h]
        return before.clamp_min_(0) @ self.readout, torch.bmm(self.images, slope[:, :, None])[:, :, 0]

    def _before(self, delta: Tensor) -> Tensor:
        return torch.baddbmm(self.start[:, None], delta[:, None], self.images)[:, 0]


Work = Callable[[Narrow, Tensor], tuple[Tensor, Tensor]]


def in_narrow(
    problem: Problem, origin: Origin, rows: Tensor, columns: Columns, delta: Tensor | None, work: Work
) -> tuple[Tensor, Tensor]:
    """delta [m, P] and margin [m] of the rows [m] of a problem after work(narrow problem, its part of delta), batch by batch.

    columns: of each of these rows, those that may change. delta [m, P]: where to begin; None = 0.
    Rows are taken in the order of how many columns they have, so that little is filled up.
    """
    order = torch.argsort(columns.counts, stable=True)
    sizes = columns.counts[order].tolist()
    out, margin = problem.features.new_zeros(len(rows), problem.features.shape[1]), problem.features.new_empty(len(rows))
    at = 0
    while at < len(sizes):
        # the batch is as long as its widest row, the last, lets it be
        width = max(1, sizes[min(at + ENTRIES_AT_ONCE // max(1, sizes[at]), len(sizes)) - 1])
        chosen = order[at : at + max(1, ENTRIES_AT_ONCE // width)]
        numbers, real = columns.of(chosen, max(1, sizes[min(at + len(chosen), len(sizes)) - 1]))
        begin = torch.zeros_like(real, dtype=out.dtype) if delta is None else delta[chosen].gather(1, numbers) * real
        found, margin[chosen] = work(_narrowed(problem, origin, rows[chosen], numbers, real), begin)
        out[chosen] = torch.zeros_like(out[chosen]).scatter_add_(1, numbers, found)
        at += len(chosen)
    return out, margin


def _narrowed(problem: Problem, origin: Origin, rows: Tensor, columns: Tensor, real: Tensor) -> Narrow:
    """Rows [m] of a problem where only the features of columns [m, S] may change, and of those where real [m, S] holds."""
    assert problem.sides is not None
    assert origin.hidden is not None
    one, two = problem.sides
    low, high = (bound[rows[:, None], columns] * real for bound in (problem.low, problem.high))
    with torch.no_grad():
        gates = torch.stack([one.gate[rows], two.gate[rows]], dim=1)  # [m, 2, k]
        images = (gates[:, None] * one.feature_map[columns][:, :, None]) @ one.hidden_map.T  # [m, S, 2, h]
        readout = torch.cat([one.readout, -two.readout])
    return Narrow(low, high, origin.hidden[rows].flatten(1), images.flatten(2), readout)
