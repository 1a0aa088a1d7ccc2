"""An operator chooses by itself: the kernel of the device where its tensors lie, or its twin in plain torch where there is none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import torch
from torch import Tensor

from ..data.sparse import SparseRows
from .native import native

P = ParamSpec("P")
R = TypeVar("R")
KINDS = {torch.float32: "float32", torch.float64: "float64", torch.int64: "int64"}


class Kernel:
    """A native function for one device and type. Called with the fields of its struct (csrc/OPERATOR.hpp) by name: tensors, which
    have been checked; None for an array that is left out; numbers."""

    def __init__(self, function: Callable[..., int], device: torch.device) -> None:
        self.function, self.device, self.on_gpu = function, device, device.type == "cuda"

    def __call__(self, **fields: Tensor | float | None) -> int:
        given = {name: value.data_ptr() if isinstance(value, Tensor) else value or 0 for name, value in fields.items()}
        if self.on_gpu:  # the caller's stream
            given["stream"] = torch.cuda.current_stream(self.device).cuda_stream
        return self.function(**given)


@functools.cache
def find_kernel(name: str, device: torch.device, dtype: torch.dtype) -> Kernel | None:
    """The operator's kernel for tensors of this type on this device; None where the module has none."""
    table = getattr(native(), f"{device.type}_{KINDS.get(dtype)}", None)
    function = getattr(table, name, None)
    return None if function is None else Kernel(function, device)


class Operator(Generic[P, R]):
    """name: as in csrc/. native: calls the kernel that it is given; twin: the same in plain torch, for every device without one.

    Arguments are trusted: whoever calls an operator has checked them. The first tensor of numbers with a fraction says where and in
    which type it is computed; where there is none, the first tensor.
    """

    def __init__(self, name: str, native: Callable[Concatenate[Kernel, P], R], twin: Callable[P, R]) -> None:
        self.name, self.native, self.twin = name, native, twin

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        like = _leading(arguments)
        kernel = find_kernel(self.name, like.device, like.dtype)
        return self.twin(*arguments, **named) if kernel is None else self.native(kernel, *arguments, **named)

    def with_twin(self, twin: Callable[P, R]) -> Operator[P, R]:
        """The same with another twin."""
        return Operator(self.name, self.native, twin)


def rows_at_once(n: int, on_processor: int, like: Tensor) -> int:
    """How many of n rows to take in one pass: on the processor so many that what is made of them on the way stays in its cache; on
    a GPU all, for few launches. At least 1."""
    return on_processor if like.device.type == "cpu" else max(1, n)


def tensors_of(arguments: Iterable[Any]) -> Iterator[Tensor]:
    """Those among the arguments, and in their lists, tuples and sparse rows."""
    for argument in arguments:
        if isinstance(argument, Tensor):
            yield argument
        elif isinstance(argument, list | tuple):
            yield from tensors_of(argument)
        elif isinstance(argument, SparseRows):
            yield from (argument.values, argument.offsets, argument.indices)


def _leading(arguments: Iterable[Any]) -> Tensor:
    first: Tensor | None = None
    for tensor in tensors_of(arguments):
        if tensor.is_floating_point():
            return tensor
        first = tensor if first is None else first
    assert first is not None, "an operator without tensors"
    return first
