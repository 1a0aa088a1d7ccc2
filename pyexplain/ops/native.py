"""The one door to native code: the module and its kernels, and the check of every tensor whose address goes in; and operators, each
of which chooses: the kernel of the device where its tensors lie, or its twin in plain torch where there is none."""

from __future__ import annotations

import functools
import importlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral, Real
from types import ModuleType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.views import on_host
from ..errors import RunError

P = ParamSpec("P")
R = TypeVar("R")
INTERFACE = 15  # the names of operators and of their fields, as csrc/bindings.cpp counts them
FLOATS = (torch.float32, torch.float64)
KINDS = {torch.float32: "float32", torch.float64: "float64", torch.int64: "int64"}
LARGE = 2**22  # bytes of a table, from which on large pages are asked for
SMALL = 2**12  # numbers: the ends of more are found faster by torch
MOST = 2**53  # whole numbers up to here are exact as fractions, and can be counted to without an overflow


def native() -> ModuleType:
    """pyexplain.ops._native; RunError where it is missing, does not load, or was built from other sources."""
    hint = "Install the package with a C++17 compiler at hand: pip install . (a source tree alone holds no built module)."
    try:
        module = importlib.import_module("pyexplain.ops._native")
    except ImportError as error:
        raise RunError(f"the native module does not load: {error}", where="pyexplain.ops", hint=hint) from error
    if getattr(module, "interface", None) != INTERFACE:
        raise RunError("the native module was built from other sources than these", where="pyexplain.ops", hint=hint)
    return module


def check(
    tensor: Tensor,
    name: str,
    shape: Sequence[int | None],
    like: Tensor | None = None,
    dtype: torch.dtype | None = None,
    contiguous: bool = True,
) -> None:
    """Raise TypeError or ValueError, with what was wanted and what came, unless the tensor fits.

    shape: wanted sizes, None = any. like: a tensor whose dtype and device are wanted. dtype: wanted instead of like's; without
    either, float32 or float64. contiguous: False for what only torch reads.
    """
    check_tensors(**{name: tensor})
    wanted = (dtype,) if dtype is not None else (like.dtype,) if like is not None else FLOATS
    if tensor.dtype not in wanted:
        raise TypeError(f"{name}: wanted {' or '.join(map(str, wanted))}, got {tensor.dtype}")
    if like is not None and tensor.device != like.device:
        raise ValueError(f"{name}: wanted a tensor on {like.device}, got one on {tensor.device}")
    if tensor.layout != torch.strided or (not torch.compiler.is_compiling() and tensor.is_neg()):
        # what lies in memory is not what the tensor says
        raise ValueError(f"{name}: wanted a plain tensor, got a sparse or a negated one")
    if tensor.device.type not in ("cpu", "cuda"):
        raise ValueError(f"{name}: wanted a tensor on cpu or cuda, got one on {tensor.device}")
    if tensor.dim() != len(shape) or any(w is not None and w != s for w, s in zip(shape, tensor.shape, strict=True)):
        sizes = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}: wanted shape [{sizes}], got {list(tensor.shape)}")
    if contiguous and not tensor.is_contiguous():
        raise ValueError(f"{name}: wanted a contiguous tensor, got strides {tensor.stride()} for shape {list(tensor.shape)}")


def check_tensors(**tensors: object) -> None:
    """Raise TypeError unless each is a tensor."""
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}: wanted a tensor, got {type(tensor).__name__}")


def check_numbers(**numbers: object) -> None:
    """Raise TypeError or ValueError unless each is a number that fits a double."""
    for name, number in numbers.items():
        if not isinstance(number, Real) or isinstance(number, bool):
            raise TypeError(f"{name}: wanted a number, got {type(number).__name__}")
        try:
            math.isnan(number)
        except OverflowError:
            raise ValueError(f"{name}: wanted a number that fits a double, got a larger one") from None


def check_whole(**numbers: object) -> None:
    """Raise TypeError or ValueError unless each is a whole number of at most MOST."""
    for name, number in numbers.items():
        if not isinstance(number, Integral) or isinstance(number, bool):
            raise TypeError(f"{name}: wanted a whole number, got {type(number).__name__}")
        if abs(int(number)) > MOST:
            raise ValueError(f"{name}: wanted a whole number of at most 2^53, got a larger one")


def check_range(numbers: Tensor, name: str, size: int) -> None:
    """Raise IndexError unless all numbers, int64 in any shape, lie in 0..size-1."""
    if numbers.numel() == 0:
        return
    host = on_host(numbers) if numbers.numel() <= SMALL else None
    low, high = torch.stack(torch.aminmax(numbers)).tolist() if host is None else (int(host.min()), int(host.max()))
    if low < 0 or high >= size:
        numbers = numbers.flatten()
        at = int(((numbers < 0) | (numbers >= size)).nonzero()[0])
        raise IndexError(f"{name}: wanted numbers in 0..{size - 1}, got {int(numbers[at])} at position {at}")


def check_offsets(offsets: Tensor, name: str, end: int) -> None:
    """Raise ValueError unless offsets [n + 1], at least one, ascend from 0 to end."""
    host = on_host(offsets)
    if host is not None and host.shape[0] and host[0] == 0 and host[-1] == end and not (host[1:] < host[:-1]).any():
        return  # and so all lie in between
    wanted = f"{name}: wanted to ascend from 0 to {end}, got others"
    if len(offsets) == 0 or int(offsets[0]) != 0 or int(offsets[-1]) != end:
        raise ValueError(wanted)
    try:
        check_range(offsets, name, end + 1)  # first: differences of what is far out of range overflow
    except IndexError as error:
        raise ValueError(f"{wanted}: {error}") from None
    if bool((offsets.diff() < 0).any()):
        raise ValueError(wanted)


class Kernel:
    """A native function for one device and type. Called with the fields of its struct (csrc/OPERATOR.hpp) by name: tensors, which
    have been checked; None for an array that is left out; numbers."""

    def __init__(self, function: Callable[..., int], device: torch.device) -> None:
        self.function, self.device, self.on_gpu = function, device, device.type == "cuda"

    def __call__(self, **fields: Tensor | float | None) -> int:
        given: dict[str, Any] = fields  # which is this call's own
        for name, value in fields.items():
            if isinstance(value, Tensor):
                given[name] = value.data_ptr()
            elif value is None:
                given[name] = 0
        if not self.on_gpu:
            return self.function(**given)
        given["stream"] = torch.cuda.current_stream(self.device).cuda_stream  # the caller's
        with torch.cuda.device(self.device):  # a launch goes to the current card, whichever its tensors lie on
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


def rows_at_once(n: int, on_processor: int, like: Tensor | torch.device) -> int:
    """How many of n rows to take in one pass: on the processor so many that what is made of them on the way stays in its cache; on
    a GPU all, for few launches. At least 1."""
    device = like if isinstance(like, torch.device) else like.device
    return on_processor if device.type == "cpu" else max(1, n)


def in_large_pages(tensor: Tensor) -> Tensor:
    """The tensor; where it is large and the processor's, the system is asked to keep it in large pages. Its rows are then read from
    anywhere at less cost; nothing else changes, and nothing happens where the system does not know how."""
    if tensor.device.type == "cpu" and tensor.is_contiguous() and tensor.nbytes >= LARGE:
        native().large_pages(tensor.data_ptr(), tensor.nbytes)
    return tensor


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
