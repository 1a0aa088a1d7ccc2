"""counterfactual_step: the inner problem of the linearised solver for a batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor

from ._check import check, native_name, stream_of
from ._operator import operator
from .native import native

SOLVED, INFEASIBLE = 0, 1


@operator("counterfactual_step")
def _counterfactual(g: Tensor, c: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    n, p = g.shape
    delta, cost, multiplier = torch.empty_like(g), torch.empty_like(c), torch.empty_like(c)
    flags = torch.empty(n, dtype=torch.uint8, device=g.device)
    function = getattr(native(), native_name("half_space", g))
    arrays = {"g": g, "c": c, "low": low, "high": high, "d": delta, "cost": cost, "multiplier": multiplier, "flag": flags}
    function(**{name: array.data_ptr() for name, array in arrays.items()}, n=n, p=p, l1=l1, l2=l2, **stream_of(g))
    return delta, cost, multiplier, flags


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
    if not (l1 >= 0 and l2 > 0):
        raise ValueError(f"wanted l1 >= 0 and l2 > 0, got l1 = {l1}, l2 = {l2}")
    found: tuple[Tensor, Tensor, Tensor, Tensor] = _counterfactual(g, c, low, high, float(l1), float(l2))
    return found
