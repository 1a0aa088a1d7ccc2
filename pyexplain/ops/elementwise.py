"""sigmoid and softplus with the same bits for any number of threads. torch shares a large tensor out to threads in parts, and what
is left over at the end of a part is computed by other instructions than the rest: cut elsewhere, its last bit is another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .products import one_thread

SHARED = 2**15  # torch gives a thread at least so many numbers


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), of any shape; differentiable, as often as one likes."""
    return _applied(_Sigmoid, torch.sigmoid, x)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)) = -log sigmoid(-x), of any shape; differentiable, as often as one likes."""
    return _applied(_Softplus, functional.softplus, x)


def _applied(mine: Any, torchs: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    if x.device.type != "cpu" or x.numel() <= SHARED:
        return torchs(x)
    found: Tensor = mine.apply(x)
    return found


class _Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        with one_thread():
            return torch.sigmoid(x)

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        context.save_for_backward(output)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        with one_thread():
            found: Tensor = torch.ops.aten.sigmoid_backward(gradients[0], context.saved_tensors[0])
            return found


class _Softplus(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        with one_thread():
            return functional.softplus(x)

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor], output: Tensor) -> None:
        context.save_for_backward(inputs[0])

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        with one_thread():
            found: Tensor = torch.ops.aten.softplus_backward(gradients[0], context.saved_tensors[0], 1.0, 20.0)
            return found
