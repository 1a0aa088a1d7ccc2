"""The smallest margin within reach: for rows on which successive linearisation finds no flip."""

from __future__ import annotations

import torch
from torch import Tensor

from .problem import FLIPPED, Margins

SHARES = (1.0, 0.5, 0.25, 0.125, 0.06, 0.03)
MOST_ROUNDS = 12
HALVINGS = 8


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
