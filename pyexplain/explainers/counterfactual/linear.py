"""Successive linearisation: the margin is replaced by its tangent, the rest is solved exactly, and again. On rows where that finds
no flip, descent to the smallest margin within reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor

from ...ops import counterfactual_step
from .problem import FLIPPED, Margins
from .settings import SolverSettings

FULL_STEPS = 4
STEPS_FROM_A_FLIP = 6
CHEAPER = 0.99  # a step that saves less than a hundredth is the last
SHARES = (1.0, 0.5, 0.25, 0.125, 0.06, 0.03)  # of the way to the corner of the box that the gradient points at
MOST_ROUNDS, HALVINGS = 12, 8
P = TypeVar("P", bound=Margins)
Onward: TypeAlias = Callable[[P, Tensor, Tensor, Tensor, float, SolverSettings], Tensor]  # see next_point


def solve_linearized(problem: Margins, settings: SolverSettings) -> Tensor:
    """delta [n, S]: the cheapest one seen that flips the order; where none did, the one with the smallest margin.

    Rows on which the steps run in circles are taken down to where the margin is smallest; those that flip on the way go on from
    the point where they did.
    """
    best, margin = linear_steps(problem, torch.zeros_like(problem.low), settings, settings.steps)
    hard = (margin >= FLIPPED).nonzero()[:, 0]
    if len(hard):
        part = problem.select(hard)
        found, reached = nearest_flip(part, best[hard])
        best[hard] = found
        again = (reached < FLIPPED).nonzero()[:, 0]
        if len(again):
            best[hard[again]] = linear_steps(part.select(again), found[again], settings, STEPS_FROM_A_FLIP)[0]
    return best


def next_point(here: Margins, g: Tensor, c: Tensor, delta: Tensor, share: float, settings: SolverSettings) -> Tensor:
    """`share` of the way from delta [n, S] to the cheapest delta' with g . delta' <= c in the box."""
    wanted = counterfactual_step(g.contiguous(), c, here.low, here.high, settings.l1, settings.l2)[0]
    return torch.lerp(delta, wanted, share)


def linear_steps(
    problem: P, start: Tensor, settings: SolverSettings, steps: int, onward: Onward[P] = next_point
) -> tuple[Tensor, Tensor]:
    """The best delta [n, S] on the way from start [n, S], and its margin [n].

    Each step (onward): minimise l1 ||delta||_1 + l2 ||delta||_2^2 with margin + g . (delta' - delta) <= -gamma in the box. Rows
    whose order has flipped and whose delta no longer gets cheaper leave the batch.
    """
    n, device = len(problem), start.device
    best, best_cost, best_margin = start.clone(), start.new_full((n,), torch.inf), start.new_full((n,), torch.inf)
    here: P = problem
    rows, delta = torch.arange(n, device=device), start
    for step in range(steps + 1):
        margin, g = here.margin_and_gradient(delta)
        cost = settings.cost(delta)
        flipped = margin < FLIPPED
        known = best_cost[rows]
        going = torch.isinf(known) | (flipped & (cost < CHEAPER * known))
        better = torch.where(flipped, cost < known, torch.isinf(known) & (margin < best_margin[rows]))
        chosen = rows[better]
        best[chosen], best_margin[chosen] = delta[better], margin[better]
        best_cost[rows[better & flipped]] = cost[better & flipped]
        if step == steps or not bool(going.any()):
            break
        if not bool(going.all()):
            keep = going.nonzero()[:, 0]
            rows, delta, margin, g, here = rows[keep], delta[keep], margin[keep], g[keep], here.select(keep)
        c = -max(settings.margin, -2 * FLIPPED) - margin + (g * delta).sum(dim=1)
        # full steps may jump to and fro over the border of two linear pieces; shorter and shorter ones end such cycles
        share = 1.0 if step < FULL_STEPS else max(0.9 ** (step - FULL_STEPS) * 0.7, 0.2)
        delta = onward(here, g, c, delta, share, settings)
    return best, best_margin


def nearest_flip(problem: Margins, start: Tensor) -> tuple[Tensor, Tensor]:
    """delta [n, S] and margin [n]: downhill from start [n, S] to where the order flips, and on the last stretch back to just
    after the flip; where nothing flips, the smallest margin found.

    Each round goes part of the way to the corner of the box that the gradient points at, whichever part lowers the margin most.
    """
    delta, last = start.clone(), start.clone()
    margin = start.new_full((len(problem),), torch.inf)
    rows = torch.arange(len(problem), device=delta.device)
    for _ in range(MOST_ROUNDS):
        here = problem.select(rows)
        now, g = here.margin_and_gradient(delta[rows])
        corner = torch.where(g > 0, here.low, torch.where(g < 0, here.high, delta[rows]))
        best, best_margin = _best_share(here, delta[rows], corner, now)
        last[rows], delta[rows], margin[rows] = delta[rows], best, best_margin
        rows = rows[(best_margin >= FLIPPED) & (best_margin < now - 1e-3 * now.abs())]
        if len(rows) == 0:
            break
    flipped = (margin < FLIPPED).nonzero()[:, 0]
    if len(flipped):
        delta[flipped] = _just_flipped(problem.select(flipped), last[flipped], delta[flipped])
        margin[flipped] = problem.select(flipped).margin(delta[flipped])
    return delta, margin


def _best_share(problem: Margins, start: Tensor, corner: Tensor, now: Tensor) -> tuple[Tensor, Tensor]:
    """The delta [n, S] with the smallest margin on the way from start to corner, both [n, S], and that margin [n]; start itself
    where no share of the way lowers the margin `now` [n]. All shares are asked for at once: a few rows cost what one does."""
    n, m = len(problem), len(SHARES)
    shares = start.new_tensor(SHARES).repeat(n)[:, None]
    each = torch.arange(n, device=start.device).repeat_interleave(m)
    there = torch.lerp(start[each], corner[each], shares)
    reached, which = problem.select(each).margin(there).view(n, m).min(dim=1)
    lower = reached < now
    best = there.view(n, m, -1)[torch.arange(n, device=start.device), which]
    return torch.where(lower[:, None], best, start), torch.where(lower, reached, now)


def _just_flipped(problem: Margins, before: Tensor, after: Tensor) -> Tensor:
    """A point between before (not flipped) and after (flipped), both [n, S], that is flipped and near the border."""
    for _ in range(HALVINGS):
        middle = torch.lerp(before, after, 0.5)
        flipped = (problem.margin(middle) < FLIPPED)[:, None]
        before, after = torch.where(flipped, before, middle), torch.where(flipped, middle, after)
    return after
