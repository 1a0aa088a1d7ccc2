"""A batch of problems before anything is changed: computed once, used by every stage of the solver and by the weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .problem import Problem


@dataclass(frozen=True, eq=False)
class Origin:
    """At delta = 0: margin [n], its gradient [n, P], and hidden [n, 2, h], what goes into the relu for items i and j; None where
    the recommender offers no user sides."""

    margin: Tensor
    gradient: Tensor
    hidden: Tensor | None

    @staticmethod
    def of(problem: Problem) -> Origin:
        """Of these problems."""
        if problem.sides is None:
            return Origin(*problem.margin_and_gradient(torch.zeros_like(problem.features)), None)
        with torch.no_grad():
            feature_map, z = problem.sides[0].feature_map, problem.latent
            assert z is not None
            hidden = torch.stack([side.before(z) for side in problem.sides], dim=1)
            margin, slope = torch.zeros_like(z[:, 0]), torch.zeros_like(z)
            for side, before, sign in zip(problem.sides, hidden.unbind(1), (1, -1), strict=True):
                margin.add_(before.clamp_min(0) @ side.readout, alpha=sign)
                slope.addcmul_((before > 0) * side.readout @ side.hidden_map, side.gate, value=sign)
            return Origin(margin, slope @ feature_map.T, hidden)
