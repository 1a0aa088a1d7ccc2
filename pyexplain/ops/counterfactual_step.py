"""counterfactual_step: the inner problem of the linearised solver for a batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ._torch_operator import torch_operator
from .native import Kernel, Operator, check, check_numbers

SOLVED = 0
INFEASIBLE = 1
Found = tuple[Tensor, Tensor, Tensor, Tensor]


def _native(kernel: Kernel, g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> Found:
    n, p = g.shape
    d, cost, multiplier = torch.empty_like(g), torch.empty_like(c), torch.empty_like(c)
    flag = torch.empty(n, dtype=torch.uint8, device=g.device)
    kernel(g=g, c=c, low=low, high=high, n=n, p=p, l1=l1, l2=l2, d=d, cost=cost, multiplier=multiplier, flag=flag)
    return d, cost, multiplier, flag


def _twin(g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> Found:
    """The multiplier by bisection; see csrc/counterfactual_step.hpp."""

    def at(nu: Tensor) -> Tensor:
        pull = nu[:, None] * g
        return (-torch.sign(pull) * (pull.abs() - l1).clamp_min(0) / (2 * l2)).clamp(low, high)

    room = torch.where(g > 0, -low, high)
    needed = torch.where((g.abs() > 1e-20) & (room > 0), (2 * l2 * room + l1) / g.abs().clamp_min(1e-20), 0)
    upper = needed.amax(dim=1) * 1.0001 if g.shape[1] else torch.zeros_like(c)
    infeasible = ((g * at(upper)).sum(dim=1) > c) & (c < 0)
    lower = torch.zeros_like(upper)
    for _ in range(100):
        middle = 0.5 * (lower + upper)
        enough = ((g * at(middle)).sum(dim=1) <= c) & ~infeasible
        upper = torch.where(enough, middle, upper)
        lower = torch.where(enough | infeasible, lower, middle)
    nu = torch.where(c < 0, upper, 0)
    delta = at(nu)
    cost = l1 * delta.abs().sum(dim=1) + l2 * delta.square().sum(dim=1)
    return delta, cost, nu, infeasible.to(torch.uint8)


run_counterfactual_step = Operator("counterfactual_step", _native, _twin)


@torch_operator("counterfactual_step")
def _counterfactual(g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return run_counterfactual_step(g, c, low, high, l1, l2)


@_counterfactual.register_fake
def _(g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return torch.empty_like(g), torch.empty_like(c), torch.empty_like(c), torch.empty_like(c, dtype=torch.uint8)


def counterfactual_step(
    g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For each row: minimise l1 ||d||_1 + l2 ||d||_2^2 subject to g . d <= c and low <= d <= high.

    g, low, high [n, P] with low <= 0 <= high (an entry that may not change has both at 0); c [n]; l1 >= 0, l2 > 0. Returns
    d [n, P], its cost [n], the multiplier [n], and flags [n] uint8: SOLVED, or INFEASIBLE where no d in the box reaches c; d is
    then the corner that comes nearest. Raises TypeError or ValueError for a wrong dtype, shape, stride, device or weight.
    """
    check(g, "g", (None, None))
    n, p = g.shape
    check(c, "c", (n,), like=g)
    check(low, "low", (n, p), like=g)
    check(high, "high", (n, p), like=g)
    check_numbers(l1=l1, l2=l2)
    if not (l1 >= 0 and l2 > 0):
        raise ValueError(f"wanted l1 >= 0 and l2 > 0, got l1 = {l1}, l2 = {l2}")
    return _counterfactual(g, c, low, high, float(l1), float(l2))
