"""Successive linearisation: the margin is replaced by its tangent, the rest is solved exactly, and again."""

from __future__ import annotations

import torch
from torch import Tensor

from ..ops import counterfactual_step
from .descent import nearest_flip
from .problem import FLIPPED, Margins
from .settings import SolverSettings

FULL_STEPS = 4
STEPS_FROM_A_FLIP = 6
CHEAPER = 0.99  # a step that saves less than a hundredth is the last


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


def linear_steps(problem: Margins, start: Tensor, settings: SolverSettings, steps: int) -> tuple[Tensor, Tensor]:
    """The best delta [n, S] on the way from start [n, S], and its margin [n].

    Each step: minimise l1 ||delta||_1 + l2 ||delta||_2^2 with margin + g . (delta' - delta) <= -gamma in the box. Rows whose
    order has flipped and whose delta no longer gets cheaper leave the batch.
    """
    n, device = len(problem), start.device
    best, best_cost, best_margin = start.clone(), start.new_full((n,), torch.inf), start.new_full((n,), torch.inf)
    rows, here, delta = torch.arange(n, device=device), problem, start
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
        wanted = counterfactual_step(g.contiguous(), c, here.low, here.high, settings.l1, settings.l2)[0]
        # full steps may jump to and fro over the border of two linear pieces; shorter and shorter ones end such cycles
        share = 1.0 if step < FULL_STEPS else max(0.9 ** (step - FULL_STEPS) * 0.7, 0.2)
        delta = torch.lerp(delta, wanted, share)
    return best, best_margin
