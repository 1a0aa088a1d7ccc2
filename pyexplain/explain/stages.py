"""From the features that a user writes about to all that are allowed; what one stage does not solve goes to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..ops import solve_narrow
from .adam import solve_adam
from .columns import WIDEST, Columns, steepest
from .linearized import solve_linearized
from .narrow import Narrow, in_narrow
from .origin import Origin
from .problem import FLIPPED, Problem, within_own
from .prune import prune
from .settings import SolverSettings

LEAST_OWN, LEAST = 1, 4  # features to look among at first: of those that the user writes about, and of all

Found = tuple[Tensor, Tensor]  # delta [m, P], margin [m]


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
        if len(rows):
            delta, margin = work(rows)
            better = (margin < self.margin[rows]).nonzero()[:, 0]
            self.delta[rows[better]], self.margin[rows[better]] = delta[better], margin[better]


def smallest_change(problem: Problem, settings: SolverSettings, origin: Origin) -> Tensor:
    """delta [n, P]: within the user's own features where they come first, then with all that are allowed. What a flip does not
    need is taken back. Where nothing flips, the delta with the smallest margin reached; 0 for a user who prefers j already."""
    there = origin.margin < 0
    if settings.solver == "adam":  # as published: any feature, and nothing is taken back
        return solve_adam(problem, settings).masked_fill_(there[:, None], 0)
    best = _Best(torch.zeros_like(problem.features), origin.margin.masked_fill(there, -torch.inf))
    own = settings.own != "any" and problem.side == "user"
    for own_alone in [True] * own + [False] * (not own or settings.own == "first"):
        (_among_all if problem.sides is None else _from_few_to_all)(problem, origin, own_alone, settings, best)
    return best.delta


def _among_all(problem: Problem, origin: Origin, own: bool, settings: SolverSettings, best: _Best) -> None:
    best.attempt(best.unsolved(), lambda rows: _by_gradients(problem, origin, rows, own, settings))


def _from_few_to_all(problem: Problem, origin: Origin, own: bool, settings: SolverSettings, best: _Best) -> None:
    """Among the features that pull hardest, then among all that have room; of the user's own ones, or of all."""
    # a feature that can fall on the user's side is one that the user has, and that is allowed
    room = problem.low < 0 if own else (problem.low < 0) | (problem.high > 0)
    among, wide = Columns.where(room) if own else None, room.sum(dim=1)
    rows = best.unsolved()
    few = steepest(problem, origin, rows, among, LEAST_OWN if own else LEAST)
    best.attempt(rows, lambda rows: _by_images(problem, origin, rows, few, settings))
    rows = rows[(best.margin[rows] >= FLIPPED) & (wide[rows] > few.counts)]
    some, many = rows[wide[rows] <= WIDEST], rows[wide[rows] > WIDEST]
    best.attempt(some, lambda rows: _by_images(problem, origin, rows, Columns.where(room[rows]), settings))
    best.attempt(many, lambda rows: _by_images(problem, origin, rows, steepest(problem, origin, rows, among, WIDEST), settings))
    many = many[best.margin[many] >= FLIPPED]
    best.attempt(many, lambda rows: _by_gradients(problem, origin, rows, own, settings))


def _by_gradients(problem: Problem, origin: Origin, rows: Tensor, own: bool, settings: SolverSettings) -> Found:
    part = problem.select(rows)
    part = within_own(part) if own else part
    delta = solve_linearized(part, settings)
    delta = prune(part, delta, settings) if problem.sides is None else _pruned(problem, origin, rows, delta, settings)
    return delta, part.margin(delta)


def _by_images(problem: Problem, origin: Origin, rows: Tensor, columns: Columns, settings: SolverSettings) -> Found:
    return in_narrow(problem, origin, rows, columns, None, lambda narrow, _: narrow_change(narrow, settings))


def _pruned(problem: Problem, origin: Origin, rows: Tensor, delta: Tensor, settings: SolverSettings) -> Tensor:
    several = ((delta != 0).sum(dim=1) > 1).nonzero()[:, 0]
    if len(several):
        columns = Columns.where(delta[several] != 0)
        delta[several] = in_narrow(
            problem, origin, rows[several], columns, delta[several], lambda narrow, begin: narrow_change(narrow, settings, begin)
        )[0]
    return delta


def narrow_change(narrow: Narrow, settings: SolverSettings, delta: Tensor | None = None) -> Found:
    """The cheapest change [n, S] found, pruned, and its margin [n]; of a delta, if given, what its flip needs. In one native call
    where it can be."""
    if not narrow.images.is_cuda:
        return solve_narrow(
            narrow.start,
            narrow.images,
            narrow.readout,
            narrow.low.contiguous(),
            narrow.high.contiguous(),
            l1=settings.l1,
            l2=settings.l2,
            gamma=settings.margin,
            steps=settings.steps,
            delta=None if delta is None else delta.contiguous(),
        )
    found = prune(narrow, solve_linearized(narrow, settings) if delta is None else delta, settings)
    return found, narrow.margin(found)
