"""adversarial_step: eq. (6) for a batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ._check import check, native_name, stream_of
from ._operator import operator
from .native import native


@operator("adversarial_step")
def _adversarial(gradient: Tensor, radius: float) -> Tensor:
    delta = torch.empty_like(gradient)
    function = getattr(native(), native_name("adversarial", gradient))
    n, p = gradient.shape
    function(g=gradient.data_ptr(), n=n, p=p, radius=radius, delta=delta.data_ptr(), **stream_of(gradient))
    return delta


@_adversarial.register_fake
def _(gradient: Tensor, radius: float) -> Tensor:
    return torch.empty_like(gradient)


def adversarial_step(gradient: Tensor, radius: float, top_k: int | None = None) -> Tensor:
    """delta [n, P] = radius * g / ||g||_2, row by row; a row without a gradient stays zero (paper, eq. (6)).

    top_k: only that many entries of a row, the largest by size, take part. Raises TypeError or ValueError for a wrong dtype, shape,
    stride or device, and for a radius that is not positive.
    """
    check(gradient, "gradient", (None, None))
    if not radius > 0:
        raise ValueError(f"radius: wanted a positive number, got {radius}")
    if top_k is not None and top_k < gradient.shape[1]:
        if top_k < 1:
            raise ValueError(f"top_k: wanted at least 1, got {top_k}")
        kept = gradient.abs().topk(top_k, dim=1).indices
        gradient = torch.zeros_like(gradient).scatter(1, kept, gradient.gather(1, kept))
    delta: Tensor = _adversarial(gradient, radius)
    return delta
