"""A change that is not needed is undone, until every one that is left is needed."""

from __future__ import annotations

import torch
from torch import Tensor

from .problem import FLIPPED, Margins
from .settings import SolverSettings


def prune(problem: Margins, delta: Tensor, settings: SolverSettings) -> Tensor:
    """delta [n, S] with single features put back while the order stays flipped: the largest saving of cost first, all rows at a
    time, pass after pass until none of a row can be put back. Rows that are not flipped stay as they are."""
    delta = delta.clone()
    # a flip by one change alone needs that change, or there would have been nothing to flip
    rows = ((delta != 0).sum(dim=1) > 1).nonzero()[:, 0]
    lost = torch.zeros_like(delta)
    if len(rows):
        margin, g = problem.select(rows).margin_and_gradient(delta[rows])
        lost[rows] = (-g * delta[rows]).clamp_min(0)
        rows = rows[margin < FLIPPED]
    while len(rows):
        pruned = _one_pass(problem.select(rows), delta[rows], lost[rows], settings)
        changed = (pruned != delta[rows]).any(dim=1)
        delta[rows] = pruned
        rows = rows[changed & ((pruned != 0).sum(dim=1) > 1)]
    return delta


def _one_pass(problem: Margins, delta: Tensor, lost: Tensor, settings: SolverSettings) -> Tensor:
    saving = settings.l1 * delta.abs() + settings.l2 * delta.square()
    # of features that save alike, and many are taken away whole from one and the same value, the one that does least comes first
    share = lost / lost.amax(dim=1, keepdim=True).clamp_min(1e-30)
    most = int((delta != 0).sum(dim=1).max())
    order = (saving * (1 - 1e-3 * share)).topk(most, dim=1).indices
    for place in range(most):
        column = order[:, place : place + 1]
        rows = (delta.gather(1, column)[:, 0] != 0).nonzero()[:, 0]
        if len(rows) == 0:
            break
        part = problem if len(rows) == len(delta) else problem.select(rows)
        without = delta[rows].scatter(1, column[rows], 0.0)
        still = part.margin(without) < FLIPPED
        delta = delta.index_put((rows[still],), without[still])
    return delta
