"""hidden_slopes: margins seen from the hidden layer, and their slopes there, in one pass."""

from __future__ import annotations

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check


def _native(kernel: Kernel, start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    n, w = start.shape
    margin, slopes = start.new_empty(n), torch.empty_like(start)
    kernel(start=start, readout=readout, margin=margin, slopes=slopes, n=n, w=w)
    return margin, slopes


def _twin(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return start.clamp_min(0) @ readout, (start > 0) * readout


run_hidden_slopes = Operator("hidden_slopes", _native, _twin)


@torch_operator("hidden_slopes")
def _hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return run_hidden_slopes(start, readout)


@_hidden_slopes.register_fake
def _(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return start.new_empty(start.shape[0]), torch.empty_like(start)


def hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    """readout . relu(start) [n], and its gradient in start [n, w], for start [n, w], readout [w]; no autograd.

    Raises TypeError or ValueError for what does not fit.
    """
    check(start, "start", (None, None))
    check(readout, "readout", (start.shape[1],), like=start)
    return _hidden_slopes(start, readout)
