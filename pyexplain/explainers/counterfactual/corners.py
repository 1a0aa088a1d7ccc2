"""Where steps along slopes run in circles: from several corners of the box, feature by feature, to one end or the other."""

from __future__ import annotations

from typing import Protocol, Self, TypeVar

import torch
from torch import Tensor

from .problem import FLIPPED

MOST_ROUNDS = 3  # of going through all features one by one


class Boxed(Protocol):
    """n rows of S features. low, high [n, S]: the box of delta; where worst(delta) [n] is below 0, what is wanted is reached."""

    @property
    def low(self) -> Tensor: ...

    @property
    def high(self) -> Tensor: ...

    def select(self, rows: Tensor) -> Self:
        """The given rows."""

    def worst(self, delta: Tensor) -> Tensor:
        """[n] for delta [n, S]."""


P = TypeVar("P", bound=Boxed)


def from_everywhere(problem: P, delta: Tensor, worst: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
    """The delta [n, S] with the smallest `worst` [n] that is reached feature by feature from delta, from both ends of the box, and
    from the corner that the slope [n, S] at delta points at."""
    corner = torch.where(slope > 0, problem.low, torch.where(slope < 0, problem.high, delta))
    for start in (delta, problem.low, problem.high, corner):
        rows = (worst >= FLIPPED).nonzero()[:, 0]
        if not len(rows):
            break
        part = problem.select(rows)
        found, reached = feature_by_feature(part, start[rows], part.worst(start[rows]))
        better = reached < worst[rows]
        delta = delta.index_put((rows[better],), found[better])
        worst = worst.index_put((rows[better],), reached[better])
    return delta, worst


def feature_by_feature(problem: P, start: Tensor, worst: Tensor) -> tuple[Tensor, Tensor]:
    """Each feature in turn goes to that end of its box, or back to 0, that makes `worst` smallest, until none does."""
    delta, worst = start.clone(), worst.clone()
    low, high = problem.low, problem.high
    for _ in range(MOST_ROUNDS):
        before = worst.clone()
        for place in range(delta.shape[1]):
            for end in (low, high, torch.zeros_like(delta)):
                trial = delta.clone()
                trial[:, place] = end[:, place]
                reached = problem.worst(trial)
                lower = (reached < worst) & (worst >= FLIPPED)
                delta[lower], worst[lower] = trial[lower], reached[lower]
        if bool(((worst < FLIPPED) | (worst >= before)).all()):
            break
    return delta, worst
