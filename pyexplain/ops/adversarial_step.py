"""adversarial_step: eq. (6) for a batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check, check_numbers, check_whole


def _native(kernel: Kernel, gradient: Tensor, radius: float) -> Tensor:
    delta = torch.empty_like(gradient)
    kernel(g=gradient, n=gradient.shape[0], p=gradient.shape[1], radius=radius, delta=delta)
    return delta


def _twin(gradient: Tensor, radius: float) -> Tensor:
    """radius * g / ||g||_2, zero rows left zero."""
    largest = gradient.abs().amax(dim=1, keepdim=True) if gradient.shape[1] else gradient.new_zeros(len(gradient), 1)
    unit = gradient / torch.where(largest > 0, largest, 1)
    norm = unit.norm(dim=1, keepdim=True)
    return radius * unit / torch.where(norm > 0, norm, 1)


run_adversarial_step = Operator("adversarial_step", _native, _twin)


@torch_operator("adversarial_step")
def _adversarial(gradient: Tensor, radius: float) -> Tensor:
    return run_adversarial_step(gradient, radius)


@_adversarial.register_fake
def _(gradient: Tensor, radius: float) -> Tensor:
    return torch.empty_like(gradient)


def adversarial_step(gradient: Tensor, radius: float, top_k: int | None = None) -> Tensor:
    """delta [n, P] = radius * g / ||g||_2, row by row; a row without a gradient stays zero (paper, eq. (6)).

    top_k: only that many entries of a row, the largest by size, take part. Raises TypeError or ValueError for a wrong dtype, shape,
    stride or device, and for a radius that is not positive.
    """
    check(gradient, "gradient", (None, None))
    check_numbers(radius=radius)
    if top_k is not None:
        check_whole(top_k=top_k)
    if not radius > 0:
        raise ValueError(f"radius: wanted a positive number, got {radius}")
    if top_k is not None and top_k < gradient.shape[1]:
        if top_k < 1:
            raise ValueError(f"top_k: wanted at least 1, got {top_k}")
        kept = gradient.abs().topk(top_k, dim=1).indices
        gradient = torch.zeros_like(gradient).scatter(1, kept, gradient.gather(1, kept))
    return _adversarial(gradient, radius)
