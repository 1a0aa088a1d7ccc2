"""The one door to native code: the module, and the check of every tensor whose address goes in."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from numbers import Integral, Real
from types import ModuleType

import torch
from torch import Tensor

from ..errors import RunError

INTERFACE = 4  # the names of operators and of their fields, as csrc/bindings.cpp counts them
FLOATS = (torch.float32, torch.float64)
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
