"""Changes at which one item of each user stands before, or behind, several others at once; over a few features of each user."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...ops import cheapest_within
from .corners import from_everywhere
from .item_scores import ItemScores
from .problem import FLIPPED
from .settings import SolverSettings

MOST_STEPS, FULL_STEPS, STEPS_FROM_A_FIND = 12, 4, 6
CHEAPER = 0.99  # a step that saves less than a hundredth is the last


@dataclass(frozen=True, eq=False)
class Rivals:
    """n rows. scores: of items [n, 1 + C], the first of which is the one that is to be ahead of the C others (or behind them, where
    `behind`), of those where real [n, C]. low, high [n, S]: the box of delta; whole [n, S]: what goes to `low` whole or not at all
    (None: nothing)."""

    scores: ItemScores
    real: Tensor
    low: Tensor
    high: Tensor
    behind: bool
    whole: Tensor | None = None

    def select(self, rows: Tensor) -> Rivals:
        """The given rows."""
        whole = None if self.whole is None else self.whole[rows]
        return Rivals(self.scores.select(rows), self.real[rows], self.low[rows], self.high[rows], self.behind, whole)

    def rounded(self, delta: Tensor) -> Tensor:
        """The same with what goes whole gone whole where any of it is to go, [n, S]."""
        return delta if self.whole is None else torch.where(self.whole & (delta != 0), self.low, delta)

    def leads(self, delta: Tensor) -> Tensor:
        """By how much each of the others is still on the wrong side [n, C]; -inf where none is meant. All below 0: reached."""
        found = self.scores.scores(delta)
        leads = found[:, 1:] - found[:, :1]
        return (-leads if self.behind else leads).masked_fill(~self.real, -torch.inf)

    def worst(self, delta: Tensor) -> Tensor:
        """The largest of them, [n]."""
        return self.leads(delta).amax(dim=1)

    def slopes(self, delta: Tensor) -> Tensor:
        """d leads / d delta, [n, C, S]."""
        found = self.scores.slopes(delta)
        slopes = found[:, 1:] - found[:, :1]
        return -slopes if self.behind else slopes

    def slope_of_worst(self, delta: Tensor) -> Tensor:
        """That of the largest lead, [n, S]."""
        every = torch.arange(len(delta), device=delta.device)
        return self.slopes(delta)[every, self.leads(delta).argmax(dim=1)]


def solve_rivals(problem: Rivals, settings: SolverSettings) -> tuple[Tensor, Tensor]:
    """The cheapest delta [n, S] found at which all is reached, pruned, and the largest lead left [n]; where it is not reached, a
    delta at which that lead is small."""
    none = torch.zeros_like(problem.low)
    delta, worst = _rounded_steps(problem, none, settings, MOST_STEPS)
    open_ = (worst >= FLIPPED).nonzero()[:, 0]
    if len(open_):
        part = problem.select(open_)
        found, reached = from_everywhere(part, delta[open_], worst[open_], part.slope_of_worst(delta[open_]))
        there = (reached < FLIPPED).nonzero()[:, 0]
        if len(there):
            again, left = _rounded_steps(part.select(there), found[there], settings, STEPS_FROM_A_FIND)
            kept = left < FLIPPED
            found[there[kept]], reached[there[kept]] = again[kept], left[kept]
        delta[open_], worst[open_] = found, reached
    done = (worst < FLIPPED).nonzero()[:, 0]
    if len(done):
        delta[done] = take_back(problem.select(done), delta[done], settings)
        worst[done] = problem.select(done).worst(delta[done])
    return delta, worst


def _rounded_steps(problem: Rivals, start: Tensor, settings: SolverSettings, steps: int) -> tuple[Tensor, Tensor]:
    """_steps, and then what goes whole gone whole; what is left of it [n]."""
    delta, worst = _steps(problem, start, settings, steps)
    if problem.whole is None:
        return delta, worst
    delta = problem.rounded(delta)
    return delta, problem.worst(delta)


def _steps(problem: Rivals, start: Tensor, settings: SolverSettings, steps: int) -> tuple[Tensor, Tensor]:
    """Successive linearisation from start [n, S]: the best delta [n, S] on the way and what is left of it [n]."""
    gamma = max(settings.margin, -2 * FLIPPED)
    best, cost_of_best, left = start.clone(), start.new_full((len(start),), torch.inf), start.new_full((len(start),), torch.inf)
    rows, here, delta = torch.arange(len(start), device=start.device), problem, start
    for step in range(steps + 1):
        leads = here.leads(delta)
        worst, cost, known = leads.amax(dim=1), settings.cost(delta), cost_of_best[rows]
        there = worst < FLIPPED
        going = torch.isinf(known) | (there & (cost < CHEAPER * known))
        better = torch.where(there, cost < known, torch.isinf(known) & (worst < left[rows]))
        best[rows[better]], left[rows[better]] = delta[better], worst[better]
        cost_of_best[rows[better & there]] = cost[better & there]
        if step == steps or not bool(going.any()):
            break
        if not bool(going.all()):
            kept = going.nonzero()[:, 0]
            rows, delta, leads, here = rows[kept], delta[kept], leads[kept], here.select(kept)
        g = here.slopes(delta).masked_fill(~here.real[..., None], 0)
        bound = (-gamma - leads + (g @ delta[..., None])[..., 0]).masked_fill(~here.real, torch.inf)
        wanted = cheapest_within(g, bound, here.low, here.high, settings.l1, settings.l2)
        share = 1.0 if step < FULL_STEPS else max(0.9 ** (step - FULL_STEPS) * 0.7, 0.2)
        delta = torch.lerp(delta, wanted, share)
    return best, left


def take_back(problem: Rivals, delta: Tensor, settings: SolverSettings) -> Tensor:
    """delta [n, S] with single features put back to 0 while all stays reached, the dearest first, until none can be."""
    delta = delta.clone()
    rows = torch.arange(len(delta), device=delta.device)
    while len(rows):
        part, changed = problem.select(rows), torch.zeros(len(rows), dtype=torch.bool, device=delta.device)
        saving = settings.l1 * delta[rows].abs() + settings.l2 * delta[rows].square()
        order = saving.argsort(dim=1, descending=True, stable=True)
        for place in range(int((delta[rows] != 0).sum(dim=1).max())):
            column = order[:, place : place + 1]
            without = delta[rows].scatter(1, column, 0.0)
            kept = (part.worst(without) < FLIPPED) & (delta[rows].gather(1, column)[:, 0] != 0)
            delta[rows[kept]] = without[kept]
            changed |= kept
        rows = rows[changed & ((delta[rows] != 0).sum(dim=1) > 1)]
    return delta
