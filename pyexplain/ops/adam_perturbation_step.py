"""adam_perturbation_step: the published counterfactual solver's update in one pass."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from torch import Tensor

from ._torch_operator import torch_operator
from .adam_rows import AdamSettings
from .native import Kernel, Operator, check, check_numbers, check_whole


class Perturbed(NamedTuple):
    """delta, its moments m and v, its gradient, and the box low <= delta <= high: [n, P] each."""

    delta: Tensor
    m: Tensor
    v: Tensor
    grad: Tensor
    low: Tensor
    high: Tensor


def _native(kernel: Kernel, of: Perturbed, l1: float, l2: float, step: int, adam: AdamSettings) -> None:
    kernel(
        **of._asdict(),
        size=of.delta.numel(),
        l1=l1,
        l2=l2,
        beta1=adam.beta1,
        beta2=adam.beta2,
        eps=adam.eps,
        step_size=adam.lr / (1 - adam.beta1**step),
        root_bias2=math.sqrt(1 - adam.beta2**step),
    )


def _twin(of: Perturbed, l1: float, l2: float, step: int, adam: AdamSettings) -> None:
    """torch.optim's formula, then the box."""
    delta, m, v, grad, low, high = of
    slope = grad + l1 * delta.sign() + 2 * l2 * delta
    m.lerp_(slope, 1 - adam.beta1)
    v.mul_(adam.beta2).addcmul_(slope, slope, value=1 - adam.beta2)
    size = (v / (1 - adam.beta2**step)).sqrt() + adam.eps
    delta.sub_(adam.lr / (1 - adam.beta1**step) * m / size).copy_(delta.clamp(low, high))


run_adam_perturbation_step = Operator("adam_perturbation_step", _native, _twin)


@torch_operator("adam_perturbation_step", mutates=("delta", "m", "v"))
def _perturb(
    delta: Tensor, m: Tensor, v: Tensor, grad: Tensor, low: Tensor, high: Tensor, l1: float, l2: float, step: int, adam: list[float]
) -> None:
    run_adam_perturbation_step(Perturbed(delta, m, v, grad, low, high), l1, l2, step, AdamSettings(*adam))


@_perturb.register_fake
def _(*arguments: Any) -> None:
    return None


def adam_perturbation_step(
    delta: Tensor,
    m: Tensor,
    v: Tensor,
    grad: Tensor,
    low: Tensor,
    high: Tensor,
    l1: float,
    l2: float,
    step: int,
    settings: AdamSettings | None = None,
) -> None:
    """One step of Adam, in place, on a loss with gradient `grad` plus l1 ||delta||_1 + l2 ||delta||_2^2, kept in its box.

    delta, its moments m and v (zeros at the start), grad, and the box low, high: [n, P]; low = -f, high = T - f keeps
    f + delta in 0..T, and an entry that may not change has both at 0. step counts from 1.
    Raises TypeError or ValueError for what does not fit.
    """
    settings = settings or AdamSettings()
    settings.check()
    check(delta, "delta", (None, None))
    for name, given in (("m", m), ("v", v), ("grad", grad), ("low", low), ("high", high)):
        check(given, name, tuple(delta.shape), like=delta)
    check_numbers(l1=l1, l2=l2)
    check_whole(step=step)
    if step < 1 or not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"wanted step >= 1, l1 >= 0 and l2 >= 0, got step = {step}, l1 = {l1}, l2 = {l2}")
    _perturb(delta, m, v, grad, low, high, float(l1), float(l2), step, list(settings))
