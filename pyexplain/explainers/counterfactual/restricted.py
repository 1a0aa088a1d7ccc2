"""The problem restricted to a working set, in torch: the twins of solve_narrow and cheapest_flip, and what has no kernel. It is
solved from the hidden layer, where adding up the images of a few features gives the margin: no matrix product is needed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...data.sparse import SparseRows, TensorRows
from ...margin.affine import LinearMargin, RestrictedMargin, Tangent
from ...ops import Chosen, Costs, Flip, HiddenLayer, cheapest_flip
from .linear import CHEAPER, solve_linearized
from .mixed import ROUNDED, solve_mixed
from .problem import FLIPPED
from .prune import prune
from .settings import SolverSettings
from .working_set import WorkingSet

ENTRIES_AT_ONCE = 4096  # images of so many features at a time, in torch
LINEAR = 2**15  # entries, where there are no images


@dataclass(frozen=True, eq=False)
class Restricted:
    """n rows of S features, as solvers take them: low, high [n, S] (a row with fewer features is filled up with some that have no
    room to change)."""

    function: RestrictedMargin | LinearMargin
    low: Tensor
    high: Tensor

    def __len__(self) -> int:
        return len(self.function)

    def select(self, rows: Tensor) -> Restricted:
        """The given rows."""
        return Restricted(self.function.select(rows), self.low[rows], self.high[rows])

    def margin(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""
        return self.function.value(delta)

    def margin_and_gradient(self, delta: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d delta [n, S]."""
        return self.function.value_and_gradient(delta)


def restricted_twin(
    chosen: Chosen, layer: HiddenLayer, low: Tensor, high: Tensor, steps: int, weights: list[float]
) -> tuple[Tensor, Tensor]:
    """solve_narrow in torch. Rows are taken in the order of how many features they have, so that little is filled up."""
    l1, l2, gamma = weights
    settings = SolverSettings(l1=l1, l2=l2, margin=gamma, steps=steps)
    box = SparseRows(chosen.offsets, chosen.columns, low)
    found, margin = torch.zeros_like(low), low.new_empty(len(chosen.rows))
    for part in _batches(box.counts):
        at, real, (columns, least, most) = _filled_up(box, part, box.indices, low, high)
        problem = Restricted(RestrictedMargin.of(layer, chosen.rows[part], columns), least, most)
        change = prune(problem, solve_linearized(problem, settings), settings)
        found[at], margin[part] = change[real], problem.margin(change)
    return found, margin


def flipped_linearly(start: Tensor, work: WorkingSet, settings: SolverSettings) -> tuple[Tensor, Tensor]:
    """The same of a working set whose margins are linear, start [m] without a change: nothing but their gradients is needed."""
    weights = work.box.unit, settings.l1, settings.l2, settings.margin
    costs = Costs(*weights, flipped=FLIPPED, cheaper=CHEAPER, steps=min(settings.steps, ROUNDED))
    parts = work.has.offsets, work.gradient.contiguous(), work.low, work.high, work.whole
    return cheapest_flip(Flip(start.contiguous(), *parts), costs, twin=flip_twin)


def flip_twin(of: Flip, costs: Costs) -> tuple[Tensor, Tensor]:
    """cheapest_flip in torch."""
    settings = SolverSettings(l1=costs.l1, l2=costs.l2, margin=costs.gamma, steps=costs.steps)
    columns = torch.zeros(len(of.gradient), dtype=torch.int64, device=of.gradient.device)
    has, found, margin = SparseRows(of.offsets, columns, of.gradient), torch.zeros_like(of.gradient), torch.empty_like(of.start)
    never = torch.zeros_like(of.gradient, dtype=torch.bool) if of.whole is None else of.whole
    for part in _batches(has.counts, LINEAR):
        at, real, (low, high, gradient, whole) = _filled_up(has, part, of.low, of.high, of.gradient, never)
        problem = Restricted(LinearMargin(of.start[part], gradient), low, high)
        change = solve_mixed(problem, whole, costs.unit, settings, bends=False)
        found[at], margin[part] = change[real], problem.margin(change)
    return found, margin


def by_kinds(tangent: Tangent, rows: Tensor, work: WorkingSet, settings: SolverSettings) -> tuple[Tensor, Tensor]:
    """The same of the rows [m] of a tangent where some features go whole or not at all, and the margin bends."""
    assert work.whole is not None
    found, margin = torch.zeros_like(work.gradient), work.gradient.new_empty(len(rows))
    for part in _batches(work.has.counts):
        parts = work.has.indices, work.low, work.high, work.whole
        at, real, (columns, low, high, whole) = _filled_up(work.has, part, *parts)
        problem = Restricted(RestrictedMargin.of(tangent.layer, rows[part], columns), low, high)
        change = solve_mixed(problem, whole, work.box.unit, settings)
        found[at], margin[part] = change[real], problem.margin(change)
    return found, margin


def _filled_up(box: TensorRows, rows: Tensor, *parts: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Where the entries of some rows [m] stand, which places of the widest row's are meant [m, S], and of each part [nnz] those
    entries, [m, S]."""
    at, counts = box.entries(rows), box.counts[rows]
    real = torch.arange(max(1, int(counts.max())), device=counts.device) < counts[:, None]
    return at, real, [part.new_zeros(real.shape).masked_scatter_(real, part[at]) for part in parts]


def _batches(counts: Tensor, size: int = ENTRIES_AT_ONCE) -> list[Tensor]:
    """Rows in the order of their counts, in batches of about `size` entries."""
    order = torch.argsort(counts, stable=True)
    sizes = torch.unique_consecutive(counts[order].cumsum(0) // size, return_counts=True)[1]
    return list(torch.split(order, sizes.tolist())) if len(order) else []
