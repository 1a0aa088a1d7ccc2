"""The weights of a counterfactual explanation: what each feature contributes to the smallest change, and what others could."""

from __future__ import annotations

import torch
from torch import Tensor

from .problem import Problem


def savings(problem: Problem, delta: Tensor, before: Tensor, gradient: Tensor) -> Tensor:
    """Weights [n, P] >= 0, larger = matters more; before [n] is the margin without a change, gradient [n, P] its gradient there.

    A feature of the change has 1 plus its share of what the change brings: max(0, -g_k delta_k) over their sum, g the gradient of
    the margin at f + delta: to first order, by how much the margin rises when that change alone is taken back. A change of one
    feature is that feature's alone.
    Any other feature that the user writes about (that the item has, on the item's side) has the share of the margin, at most
    1, that it could save alone: g_k f_k / margin at f, to first order, were it taken away whole; 0 where that raises the margin.
    So a change of one feature still leaves an order among the others. Rows without anything to turn around are 0.
    """
    alone = (gradient * -problem.low).clamp_min_(0) / before.clamp_min(1e-30)[:, None]
    weights = torch.where(delta != 0, 1 + _shares(problem, delta), alone.clamp_max_(1) * 0.999)
    return weights * (before > 0)[:, None]


def _shares(problem: Problem, delta: Tensor) -> Tensor:
    """[n, P]: of what the change of a row brings, the part of each feature; of a change of one feature, all."""
    changed = delta != 0
    shares = changed.to(delta.dtype)
    several = (changed.sum(dim=1) > 1).nonzero()[:, 0]
    if len(several):
        _, after = problem.select(several).margin_and_gradient(delta[several])
        brought = (-after * delta[several]).clamp_min_(0)
        shares[several] = brought / brought.sum(dim=1, keepdim=True).clamp_min(1e-30)
    return shares
