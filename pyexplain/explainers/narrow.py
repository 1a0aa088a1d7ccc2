"""Problems over a few features of each row, solved from the hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..margin.affine import RestrictedMargin
from ..ops import Chosen, HiddenLayer, solve_narrow
from .columns import Columns
from .linearized import solve_linearized
from .problem import Problem
from .prune import prune
from .settings import SolverSettings

ENTRIES_AT_ONCE = 4096  # images of so many features at a time, in torch


@dataclass(frozen=True, eq=False)
class Narrow:
    """n rows of S features: low, high [n, S] (a row with fewer is filled up with some that have no room to change)."""

    function: RestrictedMargin
    low: Tensor
    high: Tensor

    def __len__(self) -> int:
        return len(self.function)

    def select(self, rows: Tensor) -> Narrow:
        """The given rows."""
        return Narrow(self.function.select(rows), self.low[rows], self.high[rows])

    def margin(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""
        return self.function.value(delta)

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, S]."""
        return self.function.value_and_gradient(delta)

    @staticmethod
    def of(layer: HiddenLayer, low: Tensor, high: Tensor, rows: Tensor, columns: Tensor, real: Tensor) -> Narrow:
        """Rows [m] of problems with low, high [N, P], where only the features of columns [m, S] may change, where real [m, S]."""
        least, most = (bound[rows[:, None], columns] * real for bound in (low, high))
        return Narrow(RestrictedMargin.of(layer, rows, columns), least, most)


def solve_among(
    problem: Problem, layer: HiddenLayer, rows: Tensor, columns: Columns, settings: SolverSettings, delta: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The cheapest change of the given columns of each of the rows [m], one number for each of the columns, pruned, and its margin
    [m]; of a delta, if given, what its flip needs. In native code where there is some."""
    with torch.no_grad():
        return solve_narrow(
            Chosen(rows, columns.offsets, columns.numbers),
            layer,
            problem.low,
            problem.high,
            l1=settings.l1,
            l2=settings.l2,
            gamma=settings.margin,
            steps=settings.steps,
            delta=delta,
            twin=narrow_twin,
        )


def narrow_twin(
    chosen: Chosen, layer: HiddenLayer, low: Tensor, high: Tensor, delta: Tensor | None, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    """solve_narrow in torch."""
    l1, l2, gamma = weights
    settings = SolverSettings(l1=l1, l2=l2, margin=gamma, steps=steps)
    return narrow_in_torch(layer, low, high, chosen.rows, Columns(chosen.offsets, chosen.columns), settings, delta)


def narrow_in_torch(
    layer: HiddenLayer,
    low: Tensor,
    high: Tensor,
    rows: Tensor,
    columns: Columns,
    settings: SolverSettings,
    delta: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The same in torch, on any device. Rows are taken in the order of how many columns they have, so that little is filled up."""
    counts = columns.counts
    found, margin = low.new_zeros(len(columns.numbers)), low.new_empty(len(rows))
    for part in _batches(counts):
        entries = columns.entries(part)
        numbers, real = columns.select(part).padded()
        narrow = Narrow.of(layer, low, high, rows[part], numbers, real)
        if delta is None:
            change = solve_linearized(narrow, settings)
        else:
            change = torch.zeros_like(real, dtype=low.dtype).masked_scatter_(real, delta[entries])
        change = prune(narrow, change, settings)
        found[entries], margin[part] = change[real], narrow.margin(change)
    return found, margin


def _batches(counts: Tensor) -> list[Tensor]:
    """Rows in the order of their counts, in batches of about ENTRIES_AT_ONCE entries."""
    order = torch.argsort(counts, stable=True)
    sizes = torch.unique_consecutive(counts[order].cumsum(0) // ENTRIES_AT_ONCE, return_counts=True)[1]
    return list(torch.split(order, sizes.tolist())) if len(order) else []
