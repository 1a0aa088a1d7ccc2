"""cross_entropy: of a softmax, with gradients of the same bits for any number of threads. torch's own have not."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

LEAST = 1e-30  # of a probability whose logarithm is taken


class _CrossEntropy(torch.autograd.Function):
    """The losses, and the shares that their gradient is made of."""

    @staticmethod
    def forward(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        shares = torch.softmax(logits, dim=1)
        return -shares.gather(1, targets[:, None])[:, 0].clamp_min(LEAST).log(), shares

    @staticmethod
    def setup_context(context: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:
        context.mark_non_differentiable(output[1])
        context.save_for_backward(inputs[1], output[1])

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        targets, shares = context.saved_tensors
        less = shares.scatter_add(1, targets[:, None], torch.full_like(gradients[0][:, None], -1.0))
        return less * gradients[0][:, None], None


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """-log softmax(logits)[target] [n], of logits [n, V] of any float type and targets [n] int64, each in 0..V-1; differentiable in
    the logits, once. A probability counts as 1e-30 at least. Raises RuntimeError, as torch does, for what does not fit.
    """
    found: Tensor = _CrossEntropy.apply(logits, targets)[0]  # type: ignore[no-untyped-call]
    return found
