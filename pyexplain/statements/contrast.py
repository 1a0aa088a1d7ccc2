"""Contrast: the item in front really is in front of the other."""

from __future__ import annotations

import numpy as np

from ..explainers.types import NO_ITEM
from .asking import Asker, Bool, Float, is_above
from .questions import Questions


def leads(asker: Asker, questions: Questions) -> tuple[Float, Bool]:
    """The margin [n] of the item in front over the one behind it (NaN where there is none), and whether it is above 0 by more than
    rounding. That the other is the next of the catalogue is how it was chosen (questions.py)."""
    margin, holds = np.full(len(questions), np.nan), np.zeros(len(questions), dtype=bool)
    rows = np.flatnonzero(questions.back != NO_ITEM)
    front, back = (asker.scores(questions.users[rows], items[rows]) for items in (questions.front, questions.back))
    margin[rows], holds[rows] = front - back, is_above(front, back)
    return margin, holds
