"""Explanations of many pairs together with what may be said of each: the step that explain, recommend and the rest share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .explain.types import NO_ITEM, Explanations
from .statements.facts import Facts
from .statements.types import Quotes

if TYPE_CHECKING:
    from .api import Run
    from .present.explanation import PairExplanation

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """Explanations of n (user, item in front) against the item behind, and the facts that hold of them."""

    found: Explanations
    facts: Facts

    def __len__(self) -> int:
        return len(self.found)

    def pair(self, row: int, quotes: Quotes = "all") -> PairExplanation:
        """One of them, ready to be shown."""
        from .present.explanation import PairExplanation

        return PairExplanation.told(self.found, row, self.facts, quotes)


def answer(run: Run, pairs: Int, against: Int | None = None, explainer: str | None = None, k: int = 10) -> Answers:
    """Why users are shown the items of pairs [n, 2] before the items of against [n], or before the next in the full order where it
    is None; for a pair whose item is behind, or outside the first k, why it is not shown.

    The last item of a catalogue is ahead of none: an explainer is then given the one in front of it, and nothing is stated.
    """
    questions = run.checker.pose(pairs, against, k)
    shown = np.stack([questions.users, questions.front], axis=1)
    other = questions.back.copy()
    alone = np.flatnonzero(other == NO_ITEM)
    other[alone] = run.order.below(shown[alone])
    found = run.explainer(explainer).explain(shown, other)
    return Answers(found, run.checker.check(questions, found))
