"""From the features that a user writes about to all that are allowed; what one stage does not solve goes to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..margin.affine import Tangent
from .adam import solve_adam
from .columns import WIDEST, Columns, own_columns, steepest
from .linearized import solve_linearized
from .narrow import solve_among
from .problem import FLIPPED, Problem, within_own
from .prune import prune
from .settings import SolverSettings

LEAST_OWN, LEAST = 1, 2  # features to look among at first: of those that the user writes about, and of all
MANY = 512  # with more columns, their images cost more than the gradients that a row can need
LAST_STEPS = 8  # of linearisation, for rows that the steepest features do not flip: what still can is found by descent

Found = tuple[Columns, Tensor, Tensor]  # which features of each row, by how much each is changed, and the margins [m]


@dataclass(frozen=True, eq=False)
class _Best:
    """What is known of each row: delta [n, P] and its margin [n]; begins with no change."""

    delta: Tensor
    margin: Tensor

    def unsolved(self) -> Tensor:
        """Numbers of the rows whose order has not flipped."""
        return (self.margin >= FLIPPED).nonzero()[:, 0]

    def attempt(self, rows: Tensor, work: Callable[[Tensor], Found]) -> None:
        """work(rows) for those rows; what is better is kept."""
        if len(rows) == 0:
            return
        columns, values, margin = work(rows)
        better = margin < self.margin[rows]
        self.margin[rows[better]] = margin[better]
        self.delta[rows[better]] = 0
        entry = columns.row_numbers()
        kept = better[entry]
        self.delta[rows[entry[kept]], columns.numbers[kept]] = values[kept]


def smallest_change(problem: Problem, settings: SolverSettings, tangent: Tangent) -> Tensor:
    """delta [n, P]: within the user's own features where they come first, then with all that are allowed. What a flip does not
    need is taken back. Where nothing flips, the delta with the smallest margin reached; 0 for a user who prefers j already."""
    there = tangent.value < 0
    if settings.solver == "adam":  # as published: any feature, and nothing is taken back
        return solve_adam(problem, settings).masked_fill_(there[:, None], 0)
    best = _Best(torch.zeros_like(problem.features), tangent.value.masked_fill(there, -torch.inf))
    own = settings.own != "any" and problem.side == "user"
    for own_alone in [True] * own + [False] * (not own or settings.own == "first"):
        (_among_all if tangent.layer is None else _from_few_to_all)(problem, tangent, own_alone, settings, best)
    return best.delta


def _among_all(problem: Problem, tangent: Tangent, own: bool, settings: SolverSettings, best: _Best) -> None:
    best.attempt(best.unsolved(), lambda rows: _by_gradients(problem, tangent, rows, own, settings))


def _from_few_to_all(problem: Problem, tangent: Tangent, own: bool, settings: SolverSettings, best: _Best) -> None:
    """Among the features that pull hardest, then among more, then among all that have room; of the user's own ones, or of all."""
    rows = best.unsolved()
    among = own_columns(problem) if own else None
    wide = _room(problem, rows).sum(dim=1) if among is None else among.counts[rows]
    few = steepest(problem, tangent, rows, among, LEAST_OWN if own else LEAST)
    best.attempt(rows, lambda rows: _by_images(problem, tangent, rows, few, settings))
    left = (best.margin[rows] >= FLIPPED) & (wide > few.counts)
    many = rows[left & (wide > WIDEST)]
    best.attempt(many, lambda rows: _by_images(problem, tangent, rows, steepest(problem, tangent, rows, among, WIDEST), settings))
    left &= best.margin[rows] >= FLIPPED
    best.attempt(rows[left & (wide <= MANY)], lambda rows: _by_images(problem, tangent, rows, _all(problem, rows, among), settings))
    best.attempt(rows[left & (wide > MANY)], lambda rows: _by_gradients(problem, tangent, rows, own, settings))


def _all(problem: Problem, rows: Tensor, among: Columns | None) -> Columns:
    return Columns.where(_room(problem, rows)) if among is None else among.select(rows)


def _room(problem: Problem, rows: Tensor) -> Tensor:
    return (problem.low[rows] < 0) | (problem.high[rows] > 0)


def _by_images(problem: Problem, tangent: Tangent, rows: Tensor, columns: Columns, settings: SolverSettings) -> Found:
    assert tangent.layer is not None
    return columns, *solve_among(problem, tangent.layer, rows, columns, settings)


def _by_gradients(problem: Problem, tangent: Tangent, rows: Tensor, own: bool, settings: SolverSettings) -> Found:
    part = problem.select(rows)
    part = within_own(part) if own else part
    if tangent.layer is None:
        delta = prune(part, solve_linearized(part, settings), settings)
        return Columns.where(delta != 0), delta[delta != 0], part.margin(delta)
    delta = solve_linearized(part, replace(settings, steps=min(settings.steps, LAST_STEPS)))
    columns, values, margin = Columns.where(delta != 0), delta[delta != 0], part.margin(delta)
    flipped = (margin < FLIPPED).nonzero()[:, 0]
    if len(flipped):
        entries, needed = columns.entries(flipped), columns.select(flipped)
        values[entries], margin[flipped] = solve_among(problem, tangent.layer, rows[flipped], needed, settings, values[entries])
    return columns, values, margin
