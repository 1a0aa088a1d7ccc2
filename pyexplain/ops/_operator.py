"""Operators under a name of torch's, called past torch's dispatcher where nothing but their arithmetic is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, ParamSpec, TypeVar

import torch
from torch import Tensor

P = ParamSpec("P")
R = TypeVar("R")
PLAIN = (Tensor, torch.nn.Parameter)


class Operator(Generic[P, R]):
    """A function that is also torch.ops.pyexplain.NAME.

    The first dispatched call of a process imports torch._dynamo, which takes as long as torch itself, and each costs about ten
    times what a direct one does. So plain tensors go straight to the function; whoever traces, transforms (torch.compile,
    torch.func, fake tensors) or asks for gradients gets the registered operator.
    """

    def __init__(self, name: str, function: Callable[P, R], mutates_args: Iterable[str]) -> None:
        self.function = function
        self.registered = torch.library.custom_op(f"pyexplain::{name}", function, mutates_args=mutates_args)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        found = self.function if not named and alone(arguments) else self.registered
        return found(*arguments, **named)

    def register_fake(self, function: Callable[P, R]) -> None:
        """What the operator gives for tensors without contents."""
        self.registered.register_fake(function)


def operator(name: str) -> Callable[[Callable[P, R]], Operator[P, R]]:
    """Decorates a function that mutates nothing and has no gradient."""
    return lambda function: Operator(name, function, ())


def alone(arguments: Iterable[Any]) -> bool:
    """Whether these arguments may go straight to native code: plain tensors without gradients, and nobody who watches."""
    if torch.compiler.is_compiling() or torch._C._len_torch_dispatch_stack() or torch._C._functorch.peek_interpreter_stack():
        return False
    watched = torch.is_grad_enabled()
    return all(type(tensor) in PLAIN and not (watched and tensor.requires_grad) for tensor in _tensors(arguments))


def _tensors(arguments: Iterable[Any]) -> Iterator[Tensor]:
    for argument in arguments:
        if isinstance(argument, Tensor):
            yield argument
        elif isinstance(argument, list):
            yield from _tensors(argument)
