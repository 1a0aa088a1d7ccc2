"""What is printed, judged kind by kind: the base of metrics that ask whether statements hold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..errors import UsageError
from .base import Metric, MetricInput
from .changes import some_rows
from .printed import UNKNOWN, Line, Lines, read_lines
from .types import Float, Values

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Check = Callable[[Lines, MetricInput], Bool]
MOST_LINES = 2000  # of a kind
MOST_SCORES = 1_000_000  # of (user, item) pairs with changed features, of a kind


@dataclass(frozen=True, eq=False)
class Judged:
    """The printed statements of the input. Those of a kind are judged when they are first asked for: at most 2,000, drawn from the
    seed, and as many as ask for a million scores of those that concern the whole catalogue."""

    given: MetricInput
    lines: list[Line]
    _known: dict[str, tuple[list[Line], Bool]] = field(default_factory=dict, repr=False)

    def judged(self, kind: str, check: Check) -> tuple[list[Line], Bool]:
        """The statements [n] of a kind that are looked at, and whether each holds by the check of that kind."""
        if kind not in self._known:
            these = [line for line in self.lines if line.kind == kind]
            chosen = [these[n] for n in some_rows(len(these), _most(kind, self.given), self.given.seed)]
            self._known[kind] = chosen, judge(chosen, self.given, check)
        return self._known[kind]

    def of(self, kind: str, check: Check) -> tuple[Int, Float]:
        """Users [n] and 1 or 0 [n] of all statements of a kind."""
        lines, holds = self.judged(kind, check)
        return Lines(lines).column("user"), holds.astype(np.float64)


def find_statements(given: MetricInput) -> Judged:
    """What is printed of the given explanations, to be judged document by document.

    A statement of a user, item or feature that the data set does not know does not hold. UsageError where the documents are not
    as many as the explanations.
    """
    assert given.said is not None
    assert given.explanations is not None
    if len(given.said) != len(given.explanations):
        raise UsageError(f"{len(given.said)} documents of {len(given.explanations)} explanations", hint="Give one for each.")
    return Judged(given, read_lines(given.said, given.data))


def _most(kind: str, given: MetricInput) -> int:
    of_all = kind in ("contrast", "replacement", "leaving")
    return min(MOST_LINES, max(1, MOST_SCORES // max(1, given.data.n_items))) if of_all else MOST_LINES


def judge(lines: list[Line], given: MetricInput, check: Check) -> Bool:
    """Whether each line [n] holds; what the data set does not know does not."""
    out = np.zeros(len(lines), dtype=bool)
    able = [n for n, line in enumerate(lines) if line.user != UNKNOWN and line.item != UNKNOWN]
    if able:
        out[able] = check(Lines([lines[n] for n in able]), given)
    return out


class StatementMetric(Metric):
    """Common to all: from the JSON documents that are printed, the model asked again and the mentions of training reviews."""

    group = "statements"
    direction = "higher"
    needs = frozenset({"explanations", "scores", "said"})
    at_k = False
    sample = "top"
    beside_controls = False  # what is printed of a control is checked like anybody's


class KindMetric(StatementMetric):
    """Of one kind, its key; what a statement of it has to fulfil is `holds`."""

    @staticmethod
    @abstractmethod
    def holds(lines: Lines, given: MetricInput) -> Bool:
        """Whether each line [n], of users and items that are known, holds."""

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a statement."""
        return Values(*given.once(find_statements).of(self.key, self.holds))
