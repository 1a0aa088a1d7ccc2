"""Contrast: the item in front really is in front of the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..explainers.types import NO_ITEM
from .asking import Asker, Bool, Float, is_above
from .questions import Questions


@dataclass(frozen=True, eq=False)
class Leads:
    """Of n questions: the scores [n] of the item in front and the one behind it, NaN where there is none behind; holds [n]: whether
    the one in front is above by more than rounding. That the other is the next of the catalogue is how it was chosen
    (questions.py)."""

    front: Float
    back: Float
    holds: Bool

    @property
    def margin(self) -> Float:
        """[n]."""
        return self.front - self.back


def leads(asker: Asker, questions: Questions) -> Leads:
    """Ask for both items of each question at once."""
    n = len(questions)
    front, back, holds = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=bool)
    rows = np.flatnonzero(questions.back != NO_ITEM)
    front[rows], back[rows] = asker.both(questions.users[rows], questions.front[rows], questions.back[rows])
    holds[rows] = is_above(front[rows], back[rows])
    return Leads(front, back, holds)
