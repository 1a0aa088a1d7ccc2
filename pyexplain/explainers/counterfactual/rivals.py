"""Changes at which one item of each user stands before, or behind, several others at once; over a few features of each user."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .half_spaces import cheapest_within
from .item_scores import ItemScores
from .problem import FLIPPED
from .settings import SolverSettings

MOST_STEPS, FULL_STEPS, STEPS_FROM_A_FIND = 12, 4, 6
CHEAPER = 0.99  # a step that saves less than a hundredth is the last
MOST_ROUNDS = 3  # of going through all features one by one


@dataclass(frozen=True, eq=False)
class Rivals:
    """n rows. scores: of items [n, 1 + C], the first of which is the one that is to be ahead of the C others (or behind them, where
    `behind`), of those where real [n, C]. low, high [n, S]: the box of delta."""

    scores: ItemScores
    real: Tensor
    low: Tensor
    high: Tensor
    behind: bool

    def select(self, rows: Tensor) -> Rivals:
        """The given rows."""
        return Rivals(self.scores.select(rows), self.real[rows], self.low[rows], self.high[rows], self.behind)

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


def solve_rivals(problem: Rivals, settings: SolverSettings) -> tuple[Tensor, Tensor]:
    """The cheapest delta [n, S] found at which all is reached, pruned, and the largest lead left [n]; where it is not reached, a
    delta at which that lead is small."""
    none = torch.zeros_like(problem.low)
    delta, worst = _steps(problem, none, settings, MOST_STEPS)
    open_ = (worst >= FLIPPED).nonzero()[:, 0]
    if len(open_):
        part = problem.select(open_)
        found, reached = _from_everywhere(part, delta[open_], worst[open_])
        there = (reached < FLIPPED).nonzero()[:, 0]
        if len(there):
            again, left = _steps(part.select(there), found[there], settings, STEPS_FROM_A_FIND)
            found[there], reached[there] = again, left
        delta[open_], worst[open_] = found, reached
    done = (worst < FLIPPED).nonzero()[:, 0]
    if len(done):
        delta[done] = take_back(problem.select(done), delta[done], settings)
        worst[done] = problem.select(done).worst(delta[done])
    return delta, worst


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


def _from_everywhere(problem: Rivals, delta: Tensor, worst: Tensor) -> tuple[Tensor, Tensor]:
    """The delta [n, S] with the smallest largest lead that is reached feature by feature from delta, from both ends of the box, and
    from the corner that the gradient of the largest lead points at."""
    g = problem.slopes(delta)[torch.arange(len(delta), device=delta.device), problem.leads(delta).argmax(dim=1)]
    corner = torch.where(g > 0, problem.low, torch.where(g < 0, problem.high, delta))
    for start in (delta, problem.low, problem.high, corner):
        rows = (worst >= FLIPPED).nonzero()[:, 0]
        if not len(rows):
            break
        part = problem.select(rows)
        found, reached = _feature_by_feature(part, start[rows], part.worst(start[rows]))
        better = reached < worst[rows]
        delta = delta.index_put((rows[better],), found[better])
        worst = worst.index_put((rows[better],), reached[better])
    return delta, worst


def _feature_by_feature(problem: Rivals, start: Tensor, worst: Tensor) -> tuple[Tensor, Tensor]:
    """Each feature in turn goes to that end of its box, or back to 0, that makes the largest lead smallest, until none does."""
    delta, worst = start.clone(), worst.clone()
    for _ in range(MOST_ROUNDS):
        before = worst.clone()
        for place in range(delta.shape[1]):
            for end in (problem.low, problem.high, torch.zeros_like(delta)):
                trial = delta.clone()
                trial[:, place] = end[:, place]
                reached = problem.worst(trial)
                lower = (reached < worst) & (worst >= FLIPPED)
                delta[lower], worst[lower] = trial[lower], reached[lower]
        if bool(((worst < FLIPPED) | (worst >= before)).all()):
            break
    return delta, worst


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
