"""hidden_slopes: margins seen from the hidden layer, and their slopes there, in one pass."""

from __future__ import annotations

import torch
from torch import Tensor

from ._check import check, native_name
from ._operator import operator
from .native import native


@operator("hidden_slopes")
def _hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    n, w = start.shape
    margin, slopes = start.new_empty(n), torch.empty_like(start)
    arrays = {"start": start, "readout": readout, "margin": margin, "slopes": slopes}
    getattr(native(), native_name("narrow_slopes", start))(**{name: t.data_ptr() for name, t in arrays.items()}, n=n, w=w)
    return margin, slopes


@_hidden_slopes.register_fake
def _(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    return start.new_empty(start.shape[0]), torch.empty_like(start)


def hidden_slopes(start: Tensor, readout: Tensor) -> tuple[Tensor, Tensor]:
    """readout . relu(start) [n], and its gradient in start [n, w], for start [n, w], readout [w]; no autograd.

    On the processor alone. Raises TypeError or ValueError for what does not fit.
    """
    check(start, "start", (None, None))
    if start.is_cuda:
        raise ValueError("start: wanted a tensor on cpu, got one on cuda")
    check(readout, "readout", (start.shape[1],), like=start)
    found: tuple[Tensor, Tensor] = _hidden_slopes(start, readout)
    return found
