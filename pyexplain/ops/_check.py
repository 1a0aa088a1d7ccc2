"""The one checked door to native code: every tensor whose address goes in is looked at here."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .native import native

FLOATS = (torch.float32, torch.float64)


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


def check_range(numbers: Tensor, name: str, size: int) -> None:
    """Raise IndexError unless all numbers lie in 0..size-1."""
    if not numbers.is_cuda:  # in one pass, without a tensor in between
        at = native().first_outside(ids=numbers.data_ptr(), n=numbers.numel(), size=size)
        if at >= 0:
            raise IndexError(f"{name}: wanted numbers in 0..{size - 1}, got {int(numbers[at])} at position {at}")
    elif numbers.numel() and (int(numbers.min()) < 0 or int(numbers.max()) >= size):
        raise IndexError(f"{name}: wanted numbers in 0..{size - 1}, got {int(numbers.min())}..{int(numbers.max())}")


def check_rows(rows: TensorRows, name: str, n_columns: int, like: Tensor, n_rows: int | None = None) -> None:
    """Raise TypeError, ValueError or IndexError unless the rows are sparse rows over n_columns."""
    offsets, indices, values = rows
    check(offsets, f"{name}.offsets", (None if n_rows is None else n_rows + 1,), like=like, dtype=torch.int64)
    check(values, f"{name}.values", (None,), like=like)
    check(indices, f"{name}.indices", tuple(values.shape), like=like, dtype=torch.int64)
    if len(offsets) == 0 or int(offsets[0]) != 0 or int(offsets[-1]) != len(indices) or bool((offsets.diff() < 0).any()):
        raise ValueError(f"{name}.offsets: wanted to ascend from 0 to {len(indices)}, the number of indices, got others")
    check_range(indices, f"{name}.indices", n_columns)


def address(tensor: Tensor | None) -> int:
    """Where the tensor's numbers lie, 0 for none."""
    return 0 if tensor is None else tensor.data_ptr()


def native_name(operator: str, tensor: Tensor) -> str:
    """half_space_float32, half_space_cuda_float32, ..."""
    kind = {torch.float32: "float32", torch.float64: "float64"}[tensor.dtype]
    return f"{operator}_cuda_{kind}" if tensor.is_cuda else f"{operator}_{kind}"


def stream_of(tensor: Tensor) -> dict[str, int]:
    """The caller's stream, for functions that run on the GPU."""
    return {"stream": torch.cuda.current_stream(tensor.device).cuda_stream} if tensor.is_cuda else {}
