"""sigmoid and softplus with the same bits for any number of threads. torch shares a large tensor out to threads in parts, and what
is left over at the end of a part is computed by other instructions than the rest: cut elsewhere, its last bit is another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from .products import one_thread

Function: TypeAlias = Callable[[Tensor], Tensor]
Slope: TypeAlias = Callable[[Tensor, Tensor], Tensor]  # of a gradient, and of the value or x
SHARED = 2**15  # torch gives a thread at least so many numbers


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), of any shape; differentiable, as often as one likes."""
    return _applied(x, torch.sigmoid, torch.ops.aten.sigmoid_backward, True)


def softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)) = -log sigmoid(-x), of any shape; differentiable, as often as one likes."""
    return _applied(x, functional.softplus, _softplus_backward, False)


def _applied(x: Tensor, function: Function, slope: Slope, by_value: bool) -> Tensor:
    if x.device.type != "cpu" or x.numel() <= SHARED:
        return function(x)
    found: Tensor = _OneThread.apply(x, function, slope, by_value)  # type: ignore[no-untyped-call]
    return found


def _softplus_backward(gradient: Tensor, x: Tensor) -> Tensor:
    found: Tensor = torch.ops.aten.softplus_backward(gradient, x, 1.0, 20.0)
    return found


class _OneThread(torch.autograd.Function):
    """A function of each number, and its slope, which is a function of the value (by_value) or of x."""

    @staticmethod
    def forward(x: Tensor, function: Function, slope: Slope, by_value: bool) -> Tensor:
        with one_thread():
            return function(x)

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor, Function, Slope, bool], output: Tensor) -> None:
        x, _, context.slope, by_value = inputs
        context.save_for_backward(output if by_value else x)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        with one_thread():
            return context.slope(gradients[0], context.saved_tensors[0]), None, None, None
