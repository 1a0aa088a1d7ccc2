"""Conditions under which a comparison of two runs fails: "ndcg@10 worse", "ndcg@10 < -0.01", "lists.overlap < 0.8"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import UsageError
from .differences import FigureDifference

FORM = re.compile(
    r"\s*(?P<name>[a-z][\w@.\-]*)\s*(?:(?P<word>worse)|(?P<sign>[<>])\s*(?P<limit>[-+]?\d*\.?\d+(?:e[-+]?\d+)?))\s*", re.A
)
WHERE = "--fail-if"
HINT = 'For example: --fail-if "ndcg@10 worse", --fail-if "ndcg@10 < -0.01" (after less before), --fail-if "lists.overlap < 0.8".'


@dataclass(frozen=True)
class Condition:
    """name: of a figure, with or without its group. sign: "<" or ">" a limit, of the difference of a figure, or of a share of
    lists and reasons; "worse": the interval of the difference lies on the worse side of zero."""

    name: str
    sign: str
    limit: float = 0.0

    @staticmethod
    def parse(text: str) -> Condition:
        """From the command line; UsageError where it is no condition."""
        found = FORM.fullmatch(text)
        if found is None:
            raise UsageError(f"{text!r:.80} is no condition", where=WHERE, hint=HINT)
        if found["word"]:
            return Condition(found["name"], "worse")
        limit = float(found["limit"])
        if not math.isfinite(limit):
            raise UsageError(f"{found['limit']} is no finite number", where=WHERE, hint=HINT)
        return Condition(found["name"], found["sign"], limit)

    def __str__(self) -> str:
        return f"{self.name} worse" if self.sign == "worse" else f"{self.name} {self.sign} {self.limit:g}"

    def holds(self, figures: Sequence[FigureDifference], shares: Mapping[str, float | None]) -> str | None:
        """What was found where the condition holds, else None. UsageError where the name stands for no figure, or for several, or
        for one that could not be compared: a check that cannot fail is none."""
        if self.name in shares:
            return self._of_share(shares[self.name])
        matching = [f for f in figures if self.name in (f.metric, f"{f.group}.{f.metric}")]
        if len(matching) != 1:
            names = sorted({f"{f.group}.{f.metric}" for f in matching or figures} | (set() if matching else set(shares)))
            what = f"{self.name!r} is the name of several figures" if matching else f"there is no figure {self.name!r:.60}"
            raise UsageError(what, where=WHERE, hint=f"Name one of: {', '.join(names)}.")
        return self._of_figure(matching[0])

    def _of_share(self, value: float | None) -> str | None:
        if self.sign == "worse":
            raise UsageError(f"{self.name} is one figure of both runs, and cannot be worse", where=WHERE, hint=HINT)
        if value is None:
            raise UsageError(f"{self.name} could not be measured", where=WHERE, hint="The runs have no user or item in common.")
        return f"{self.name} is {value:.4f}" if self._beyond(value) else None

    def _of_figure(self, figure: FigureDifference) -> str | None:
        found = figure.difference
        if found is None:
            hint = "It was measured in one of the runs only, on no user of both, or is no mean over users."
            raise UsageError(f"{self.name} cannot be compared", where=WHERE, hint=hint)
        fails = figure.verdict == "worse" if self.sign == "worse" else self._beyond(found.value)
        return f"{figure.group} {figure.metric} {found.value:+.4f} [{found.low:+.4f}, {found.high:+.4f}]" if fails else None

    def _beyond(self, value: float) -> bool:
        return value < self.limit if self.sign == "<" else value > self.limit
