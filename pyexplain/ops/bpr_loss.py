"""bpr_loss: the pairwise ranking loss and its gradient in one pass; Rendle et al., 2009."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ._torch_operator import alone, torch_operator
from .native import Kernel, Operator, check


def _native(kernel: Kernel, scores: Tensor, sign: Tensor | None = None, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    n = scores.shape[0] // 2
    if n == 0:
        return scores.new_zeros(()), torch.empty_like(scores)
    loss, gradient, terms = scores.new_empty(()), torch.empty_like(scores), scores.new_empty(n)
    kernel(
        positive=scores,
        negative=scores[n:],
        sign=sign,
        weight=weight,
        loss=loss,
        grad_positive=gradient,
        grad_negative=gradient[n:],
        terms=terms,
        n=n,
    )
    return loss, gradient


def _twin(scores: Tensor, sign: Tensor | None = None, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The formula, and its gradient by autograd."""
    with torch.enable_grad():
        leaf = scores.detach().requires_grad_()
        positive, negative = leaf.chunk(2)
        terms = -torch.nn.functional.logsigmoid((positive - negative) * (1 if sign is None else sign))
        loss = (terms * (1 if weight is None else weight)).mean() if len(terms) else leaf.sum()
        return loss.detach(), torch.autograd.grad(loss, leaf)[0]


run_bpr_loss = Operator("bpr_loss", _native, _twin)


@torch_operator("bpr_loss")
def _bpr_loss(scores: Tensor, sign: Tensor | None, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    return run_bpr_loss(scores, sign, weight)


@_bpr_loss.register_fake
def _(scores: Tensor, sign: Tensor | None, weight: Tensor | None) -> tuple[Tensor, Tensor]:
    return scores.new_empty(()), torch.empty_like(scores)


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(output[1])


def _backward(ctx: Any, grad_loss: Tensor, grad_gradient: Tensor) -> tuple[Tensor, None, None]:
    (gradient,) = ctx.saved_tensors
    return gradient * grad_loss, None, None


_bpr_loss.registered.register_autograd(_backward, setup_context=_setup)


class _Loss(torch.autograd.Function):
    """The same past torch's dispatcher, for plain tensors whose gradients are asked for and nothing else."""

    @staticmethod
    def forward(scores: Tensor, sign: Tensor | None, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        return run_bpr_loss(scores, sign, weight)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        ctx.mark_non_differentiable(output[1])
        _setup(ctx, inputs, output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _backward(ctx, *gradients)


def bpr_loss(scores: Tensor, sign: Tensor | None = None, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mean over n examples of weight * -log sigmoid(sign * (positive - negative)), and its gradient [2n].

    scores [2n]: those of the n preferred items, then those of the n others. sign [n]: +1, or -1 where the preference is swapped
    (default all +1); weight [n] (default all 1). The loss of no examples is 0. The loss is differentiable in the scores, once; the
    gradient is a constant. Raises TypeError or ValueError for a wrong dtype, shape, stride or device.
    """
    check(scores, "scores", (None,))
    if scores.shape[0] % 2:
        raise ValueError(f"scores: wanted an even number, preferred ones and then others, got {scores.shape[0]}")
    for name, given in (("sign", sign), ("weight", weight)):
        if given is not None:
            check(given, name, (scores.shape[0] // 2,), like=scores)
    direct = scores.requires_grad and torch.is_grad_enabled() and alone((scores.detach(), sign, weight))
    loss, gradient = _Loss.apply(scores, sign, weight) if direct else _bpr_loss(scores, sign, weight)  # type: ignore[no-untyped-call]
    return loss, gradient.detach()
