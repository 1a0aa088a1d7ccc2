"""A batch of problems before anything is changed: computed once, used by every stage of the solver and by the weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..ops import HiddenLayer
from .problem import Problem


@dataclass(frozen=True, eq=False)
class Origin:
    """At delta = 0: margin [n], its gradient [n, P], and what the problem looks like from the hidden layer; None where the
    recommender offers no user sides."""

    margin: Tensor
    gradient: Tensor
    layer: HiddenLayer | None

    @staticmethod
    def of(problem: Problem) -> Origin:
        """Of these problems."""
        if problem.sides is None:
            return Origin(*problem.margin_and_gradient(torch.zeros_like(problem.features)), None)
        assert problem.latent is not None
        one, two = problem.sides
        with torch.no_grad():
            hidden = torch.stack([side.before(problem.latent) for side in problem.sides], dim=1)  # [n, 2, h]
            margin, slope = torch.zeros_like(hidden[:, 0, 0]), torch.zeros_like(problem.latent)
            for side, before, sign in zip(problem.sides, hidden.unbind(1), (1, -1), strict=True):
                margin.add_(before.clamp_min(0) @ side.readout, alpha=sign)
                slope.addcmul_((before > 0) * side.readout @ side.hidden_map, side.gate, value=sign)
            readout = torch.cat([one.readout, -two.readout])
            layer = HiddenLayer(hidden.flatten(1), one.gate, two.gate, one.feature_map.detach(), one.hidden_map.detach(), readout)
            return Origin(margin, slope @ one.feature_map.T, layer)
