"""cheapest_within: the cheapest change of each row within several half-spaces and a box."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .native import Kernel, Operator, check, check_numbers

SWEEPS = 10
DOUBLINGS, HALVINGS, SECANTS = 20, 5, 4
SETTLED = 1e-3  # of the width of the box: rows that a sweep moves by less are done
MISSED = 1e-3  # of a bound: a half-space that is missed by more is gone through again
MOST = 1e4  # times what moves the steepest feature through its box
SLACK = 1e-6  # of the largest slope: a half-space that is missed by so little holds


@dataclass(frozen=True, eq=False)
class _Box:
    """low <= delta <= high [n, S], and what a unit of |delta| and of delta^2 costs."""

    low: Tensor
    high: Tensor
    l1: float
    l2: float

    def select(self, rows: Tensor) -> _Box:
        return _Box(self.low[rows], self.high[rows], self.l1, self.l2)

    def best(self, pull: Tensor) -> Tensor:
        """argmin of l1 |delta| + l2 delta^2 + pull delta, feature by feature: a soft threshold, cut off by the box."""
        return torch.clamp(torch.nn.functional.softshrink(pull, self.l1) / (-2 * self.l2), self.low, self.high)


def _native(kernel: Kernel, g: Tensor, b: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> Tensor:
    n, c, s = g.shape
    delta = torch.empty_like(low)
    accuracy = {"settled": SETTLED, "missed": MISSED, "most": MOST, "slack": SLACK}
    rounds = {"sweeps": SWEEPS, "doublings": DOUBLINGS, "halvings": HALVINGS, "secants": SECANTS}
    kernel(g=g, b=b, low=low, high=high, delta=delta, n=n, c=c, s=s, l1=l1, l2=l2, **rounds, **accuracy)
    return delta


def _twin(g: Tensor, b: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> Tensor:
    box = _Box(low, high, l1, l2)
    y, pull, delta = torch.zeros_like(b), torch.zeros_like(low), torch.zeros_like(low)
    settled = SETTLED * (high - low).amax(dim=1)
    rows = torch.arange(len(g), device=g.device)
    for _ in range(SWEEPS if g.shape[1] > 1 else 1):
        for c in range(g.shape[1]):
            mine = rows[torch.isfinite(b[rows, c])]
            if len(mine):
                rest = pull[mine] - y[mine, c, None] * g[mine, c]
                y[mine, c] = _smallest(g[mine, c], b[mine, c], rest, box.select(mine))
                pull[mine] = rest + y[mine, c, None] * g[mine, c]
        found = box.select(rows).best(pull[rows])
        moving = (found - delta[rows]).abs().amax(dim=1) > settled[rows]
        missed = ((g[rows] @ found[..., None])[..., 0] > b[rows] + MISSED * (1 + b[rows].abs())).any(dim=1)
        delta[rows] = found
        rows = rows[moving | missed]
        if not len(rows):
            break
    return delta


def _smallest(slope: Tensor, bound: Tensor, rest: Tensor, box: _Box) -> Tensor:
    """The smallest y >= 0 [n] at which slope . delta(rest + y slope) <= bound; a large one where there is none."""
    y, bound = torch.zeros_like(bound), bound + SLACK * slope.abs().amax(dim=1)
    excess = (slope * box.best(rest)).sum(dim=1) - bound
    rows = (excess > 0).nonzero()[:, 0]
    if len(rows):
        y[rows] = _root(slope[rows], bound[rows], rest[rows], box.select(rows), excess[rows])
    return y


def _root(slope: Tensor, bound: Tensor, rest: Tensor, box: _Box, excess: Tensor) -> Tensor:
    """The same where it is above 0; excess [n]: slope . delta - bound at 0. It falls with y, in straight pieces."""
    steepest, reach = slope.abs().amax(dim=1).clamp_min(1e-12), box.l1 + 2 * box.l2 * (box.high - box.low).amax(dim=1)
    under, over = torch.zeros_like(bound), (rest.abs().amax(dim=1) + reach) / steepest

    def excess_at(y: Tensor) -> Tensor:
        return (slope * box.best(rest + y[:, None] * slope)).sum(dim=1) - bound

    above, below, nothing = excess, excess_at(over), SLACK * steepest  # what rounding leaves where a piece crosses 0
    for _ in range(DOUBLINGS):
        short = below > 0
        if not bool(short.any()):
            break
        under, above = torch.where(short, over, under), torch.where(short, below, above)
        over = torch.where(short, 2 * over, over)
        below = torch.where(short, excess_at(over), below)
    for step in range(HALVINGS + SECANTS):
        share = above / (above - below).clamp_min(1e-30) if step >= HALVINGS and step % 2 else torch.full_like(above, 0.5)
        middle = torch.lerp(under, over, share.clamp(0, 1))
        value = excess_at(middle)
        high = value > nothing
        under, above = torch.where(high, middle, under), torch.where(high, value, above)
        over, below = torch.where(high, over, middle), torch.where(high, below, value)
    return torch.minimum(over, MOST * reach / steepest)  # where nothing is inside, y would grow without end


run_cheapest_within = Operator("cheapest_within", _native, _twin)


def cheapest_within(g: Tensor, b: Tensor, low: Tensor, high: Tensor, l1: float, l2: float) -> Tensor:
    """delta [n, S] that minimises l1 ||delta||_1 + l2 ||delta||_2^2 where g_c . delta <= b_c for all c and low <= delta <= high;
    g [n, C, S], b [n, C] (inf: no constraint), low, high [n, S]. Where nothing meets them all: as near as the sweeps come.

    Coordinate ascent in the dual (Hildreth, 1957): for multipliers y the best delta is known in closed form, and each y_c in turn
    becomes the smallest at which its half-space holds. Raises TypeError or ValueError for what does not fit.
    """
    check(g, "g", (None, None, None))
    n, c, s = g.shape
    for name, tensor, shape in (("b", b, (n, c)), ("low", low, (n, s)), ("high", high, (n, s))):
        check(tensor, name, shape, like=g)
    check_numbers(l1=l1, l2=l2)
    if not (l1 >= 0 and l2 > 0):
        raise ValueError(f"wanted l1 >= 0 and l2 > 0, got {l1} and {l2}")
    return run_cheapest_within(g, b, low, high, l1, l2)
