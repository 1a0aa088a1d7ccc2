"""A batch of problems before anything is changed: computed once, used by every stage of the solver and by the weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..ops import HiddenLayer, hidden_slopes, matrix_product, rows_at_once
from .problem import Problem

ROWS_AT_ONCE = 512  # on the processor: what is needed on the way stays in the processor's cache


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
        (n, h), readout = one.constant.shape, torch.cat([one.readout, -two.readout])
        start, margin, gradient = one.constant.new_empty(n, 2 * h), one.constant.new_empty(n), torch.empty_like(problem.features)
        with torch.no_grad():
            step = rows_at_once(n, ROWS_AT_ONCE, start)
            hidden_map = one.hidden_map.contiguous()  # copied once, not at every product
            for part in (slice(first, first + step) for first in range(0, n, step)):
                for number, side in enumerate(problem.sides):
                    gated = side.gate[part] * problem.latent[part]
                    start[part, number * h :][:, :h] = matrix_product(gated, hidden_map.T, side.constant[part])
                margin[part], slopes = hidden_slopes(start[part], readout)
                reached = matrix_product(slopes.view(-1, h), hidden_map).view(len(slopes), 2, -1)
                slope = (reached[:, 0] * one.gate[part]).addcmul_(reached[:, 1], two.gate[part])
                gradient[part] = matrix_product(slope, one.feature_map.T)
        layer = HiddenLayer(start, one.gate, two.gate, one.feature_map.detach(), one.hidden_map.detach(), readout)
        return Origin(margin, gradient, layer)
