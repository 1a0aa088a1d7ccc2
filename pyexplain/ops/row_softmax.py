"""row_softmax: softmax of each row, with a gradient that has the same bits for any number of threads, which torch's has not."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def row_softmax(x: Tensor) -> Tensor:
    """softmax over the columns of x [n, m]; differentiable, as often as one likes. Raises ValueError for another shape."""
    if x.dim() != 2:
        raise ValueError(f"x: wanted shape [any, any], got {list(x.shape)}")
    found: Tensor = _RowSoftmax.apply(x)  # type: ignore[no-untyped-call]
    return found


class _RowSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return torch.softmax(x, dim=1)

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        context.save_for_backward(output)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        """Row by row: the sum over a row is one thread's work."""
        (shares,), (gradient,) = context.saved_tensors, gradients
        weighted = gradient * shares
        found: Tensor = weighted - shares * weighted.sum(dim=1, keepdim=True)
        return found
