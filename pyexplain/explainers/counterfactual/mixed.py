"""Changes of which some parts go whole or not at all: an entry of history is taken away, or it is not.

Where the margin is linear in f_u, what is found is proved. To take n entries away costs the same whichever they are, so those with
the largest gains are best; with them, the cheapest change of the others (words, attributes) is one half-space problem; and its
cost, as a function of n, is convex, because gains fall with n and the cost of what is left rises ever faster. So counts are gone
through up to the first that costs more. With history alone, that is the smallest set. Where the margin bends, the same is done
with its tangent, again and again, as for other changes; what is found is a change that flips when it is scored again, of which no
part can be taken back, and nothing says that there is no cheaper one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...ops import counterfactual_step
from .corners import from_everywhere
from .linear import STEPS_FROM_A_FLIP, linear_steps
from .problem import FLIPPED, Margins
from .prune import prune
from .settings import SolverSettings

ROUNDED = 3  # steps where one would do, but for rounding
FEW = 24  # features of a row that are gone through one by one, from everywhere


@dataclass(frozen=True, eq=False)
class Mixed:
    """A problem in units that cost alike: x = delta * scale [n, S]. whole [n, S]: what is 0 or `low`, and nothing between; low,
    high [n, S] of x."""

    function: Margins
    scale: Tensor
    whole: Tensor

    @property
    def low(self) -> Tensor:
        return self.function.low * self.scale

    @property
    def high(self) -> Tensor:
        return self.function.high * self.scale

    def __len__(self) -> int:
        return len(self.function)

    def select(self, rows: Tensor) -> Mixed:
        """The given rows."""
        return Mixed(self.function.select(rows), self.scale[rows], self.whole[rows])

    def margin(self, x: Tensor) -> Tensor:
        """[n] for x [n, S]."""
        return self.function.margin(x / self.scale)

    worst = margin

    def margin_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[n] and d margin / d x [n, S]."""
        margin, gradient = self.function.margin_and_gradient(x / self.scale)
        return margin, gradient / self.scale


def solve_mixed(problem: Margins, whole: Tensor, unit: float, settings: SolverSettings, bends: bool = True) -> Tensor:
    """delta [n, S], pruned: the cheapest found that flips the order, where whole [n, S] says which features go whole or not at all,
    each for `unit`. Where nothing flips, the smallest margin reached. bends: whether the margin may not be linear; where it is, the
    first step is the last, and what it does not flip nothing flips."""
    mixed = Mixed(problem, torch.where(whole, unit / (-problem.low).clamp_min(1e-12), 1.0), whole)
    steps = settings.steps if bends else min(settings.steps, ROUNDED)
    x, margin = linear_steps(mixed, torch.zeros_like(problem.low), settings, steps, _next_mixed)
    hard = ((margin >= FLIPPED) & bends).nonzero()[:, 0]
    if len(hard):
        part = mixed.select(hard)
        found, reached = one_by_one(part, x[hard])
        few = ((reached >= FLIPPED) & (part.low < part.high).sum(dim=1).le(FEW)).nonzero()[:, 0]
        if len(few):
            narrow = part.select(few)
            found[few], reached[few] = from_everywhere(narrow, found[few], reached[few], narrow.margin_and_gradient(found[few])[1])
        x[hard] = found
        again = (reached < FLIPPED).nonzero()[:, 0]
        if len(again):
            x[hard[again]] = linear_steps(part.select(again), found[again], settings, STEPS_FROM_A_FLIP, _next_mixed)[0]
    delta = prune(mixed, x, settings) / mixed.scale
    return torch.where(whole & (delta != 0), problem.low, delta)  # whole to the bit


def _next_mixed(here: Mixed, g: Tensor, c: Tensor, x: Tensor, share: float, settings: SolverSettings) -> Tensor:
    wanted = cheapest_mixed(here, g, c, settings)
    return torch.where(here.whole, wanted, torch.lerp(x, wanted, share))


def cheapest_mixed(here: Mixed, g: Tensor, c: Tensor, settings: SolverSettings) -> Tensor:
    """x [n, S] that minimises l1 ||x||_1 + l2 ||x||_2^2 with g . x <= c in the box, where some go whole or not at all. c [n] has
    settings.margin in it, which whole parts that do alone need not keep. Where nothing does: as far as it goes."""
    low, high, whole = here.low, here.high, here.whole
    gain = torch.where(whole, -g * low, 0)
    gains, order = gain.sort(dim=1, descending=True, stable=True)
    together = torch.nn.functional.pad(gains.clamp_min(0).cumsum(dim=1), (1, 0))  # of none, of the first, of the first two, ...
    price = settings.cost(torch.where(whole, low, 0).amin(dim=1, keepdim=True))
    spare = max(settings.margin, -2 * FLIPPED) + 2 * FLIPPED
    alone = _first(together >= (-c - spare)[:, None])  # how many whole ones do without any other
    low, high = low.masked_fill(whole, 0), high.masked_fill(whole, 0)
    count, rest = _best_count(g, c, low, high, together, price, alone, settings)
    count = torch.minimum(count, (gains > 0).sum(dim=1))
    chosen = whole & (order.argsort(dim=1) < count[:, None])
    return torch.where(chosen, here.low, rest)


def _best_count(
    g: Tensor, c: Tensor, low: Tensor, high: Tensor, together: Tensor, price: Tensor, alone: Tensor, settings: SolverSettings
) -> tuple[Tensor, Tensor]:
    """How many whole ones to take [n], and the cheapest change of the others beside them [n, S]."""
    corner = torch.where(g > 0, low, torch.where(g < 0, high, 0))
    never = alone == together.shape[1]
    best, best_cost, rest = alone.clone(), torch.where(never, torch.inf, price * alone), torch.where(never[:, None], corner, 0)
    before = torch.full_like(price, torch.inf)
    count = _first(together - (g * corner).sum(dim=1, keepdim=True) >= -c[:, None])  # with fewer, the others do not do
    rows = (count < alone).nonzero()[:, 0]
    while len(rows):
        left = c[rows] + together[rows, count[rows]]
        found, cost = counterfactual_step(g[rows].contiguous(), left, low[rows], high[rows], settings.l1, settings.l2)[:2]
        cost = cost + price[rows] * count[rows]
        cheaper = (cost < best_cost[rows]).nonzero()[:, 0]
        at = rows[cheaper]
        best[at], best_cost[at], rest[at] = count[at], cost[cheaper], found[cheaper]
        falling = cost < before[rows]  # convex: once it rises, it goes on rising
        before[rows], count[rows] = cost, count[rows] + 1
        rows = rows[falling & (count[rows] < alone[rows])]
    return best, rest


def _first(reached: Tensor) -> Tensor:
    """The first place of each row [n, K] at which it is reached; K where it never is."""
    return torch.where(reached.any(dim=1), reached.to(torch.uint8).argmax(dim=1), reached.shape[1])


def one_by_one(problem: Mixed, start: Tensor) -> tuple[Tensor, Tensor]:
    """x [n, S] and margin [n]: from start, each time the feature that can do most by its slope goes as far as it may, until the
    order flips or nothing lowers the margin any more."""
    x = start.clone()
    margin = problem.margin(x)
    open_, rows = torch.ones_like(x, dtype=torch.bool), torch.arange(len(x), device=x.device)
    while len(rows := rows[margin[rows] >= FLIPPED]):
        here = problem.select(rows)
        slope = here.margin_and_gradient(x[rows])[1]
        end = torch.where(slope > 0, here.low, torch.where(slope < 0, here.high, x[rows]))
        brings = (slope * (x[rows] - end)).masked_fill(~open_[rows], 0)
        most, place = brings.max(dim=1, keepdim=True)
        trial = x[rows].scatter(1, place, end.gather(1, place))
        reached = here.margin(trial)
        lower = (reached < margin[rows]) & (most[:, 0] > 0)
        open_[rows] = open_[rows].scatter(1, place, False)  # each once: a feature that has moved stays where it is
        x[rows[lower]], margin[rows[lower]] = trial[lower], reached[lower]
        rows = rows[most[:, 0] > 0]
    return x, margin
