"""The one door to native code: the module, and the check of every tensor whose address goes in."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType

import torch
from torch import Tensor

from ..errors import RunError

INTERFACE = 1  # the names of operators and of their fields, as csrc/bindings.cpp counts them
FLOATS = (torch.float32, torch.float64)


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
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: wanted a tensor, got {type(tensor).__name__}")
    wanted = (dtype,) if dtype is not None else (like.dtype,) if like is not None else FLOATS
    if tensor.dtype not in wanted:
        raise TypeError(f"{name}: wanted {' or '.join(map(str, wanted))}, got {tensor.dtype}")
    if like is not None and tensor.device != like.device:
        raise ValueError(f"{name}: wanted a tensor on {like.device}, got one on {tensor.device}")
    if tensor.device.type not in ("cpu", "cuda"):
        raise ValueError(f"{name}: wanted a tensor on cpu or cuda, got one on {tensor.device}")
    if tensor.dim() != len(shape) or any(w is not None and w != s for w, s in zip(shape, tensor.shape, strict=True)):
        sizes = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}: wanted shape [{sizes}], got {list(tensor.shape)}")
    if contiguous and not tensor.is_contiguous():
        raise ValueError(f"{name}: wanted a contiguous tensor, got strides {tensor.stride()} for shape {list(tensor.shape)}")
