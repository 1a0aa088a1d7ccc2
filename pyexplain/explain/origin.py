"""A batch of problems before anything is changed: computed once, used by every stage of the solver and by the weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .. import ops
from ..ops import HiddenLayer, reference
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
        n, h = one.constant.shape
        with torch.no_grad():
            hidden = one.constant.new_empty(n, 2, h)
            for number, side in enumerate(problem.sides):
                torch.addmm(side.constant, side.gate * problem.latent, side.hidden_map.T, out=hidden[:, number])
            start, readout = hidden.flatten(1), torch.cat([one.readout, -two.readout])
            margin, slopes = (reference if start.is_cuda else ops).hidden_slopes(start, readout)
            back = (slopes.view(2 * n, h) @ one.hidden_map).view(n, 2, -1)
            slope = (back[:, 0] * one.gate).addcmul_(back[:, 1], two.gate)
            layer = HiddenLayer(start, one.gate, two.gate, one.feature_map.detach(), one.hidden_map.detach(), readout)
            return Origin(margin, slope @ one.feature_map.T, layer)
