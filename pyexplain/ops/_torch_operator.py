"""Operators under a name of torch's, called past torch's dispatcher where nothing but their arithmetic is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, ParamSpec, TypeVar

import torch
from torch import Tensor

from .native import tensors_of

P = ParamSpec("P")
R = TypeVar("R")
PLAIN = (Tensor, torch.nn.Parameter)


class TorchOperator(Generic[P, R]):
    """A function that is also torch.ops.pyexplain.NAME.

    The first dispatched call of a process imports torch._dynamo, which takes as long as torch itself, and each costs about ten
    times what a direct one does. So plain tensors go straight to the function; whoever traces, transforms (torch.compile,
    torch.func, fake tensors) or asks for gradients gets the registered operator.
    """

    def __init__(self, name: str, function: Callable[P, R], mutates: Iterable[str]) -> None:
        self.function = function
        self.registered = torch.library.custom_op(f"pyexplain::{name}", function, mutates_args=mutates)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        found = self.function if not named and alone(arguments) else self.registered
        return found(*arguments, **named)

    def register_fake(self, function: Callable[..., R]) -> None:
        """What the operator gives for tensors without contents."""
        self.registered.register_fake(function)


def torch_operator(name: str, mutates: Iterable[str] = ()) -> Callable[[Callable[P, R]], TorchOperator[P, R]]:
    """Decorates a function that changes no argument but those named."""
    return lambda function: TorchOperator(name, function, mutates)


def alone(arguments: Iterable[Any]) -> bool:
    """Whether these arguments may go straight to native code: plain tensors without gradients, and nobody who watches."""
    if torch.compiler.is_compiling() or torch._C._len_torch_dispatch_stack() or torch._C._functorch.peek_interpreter_stack():
        return False
    watched = torch.is_grad_enabled()
    return all(type(tensor) in PLAIN and not (watched and tensor.requires_grad) for tensor in tensors_of(arguments))
