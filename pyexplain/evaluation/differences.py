"""Two runs figure by figure, over the users that both were measured on: what became better, what worse, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..metrics.types import Evaluation, Float
from .statistics import Interval, bootstrap

Int = npt.NDArray[np.int64]
Verdict = Literal["better", "worse", "level", "unknown"]


@dataclass(frozen=True)
class FigureDifference:
    """A figure before and after, each over all that it was measured on (None where it was not).

    difference: after less before over the `users` that both were measured on, each counting once, with its 95 % interval (paired
    bootstrap over users); None where there is no such user, or the figure is no mean over users.
    """

    group: str
    metric: str
    direction: str
    before: float | None
    after: float | None
    difference: Interval | None
    users: int

    @property
    def verdict(self) -> Verdict:
        """What the interval says: clear of zero on the better side, on the worse, or neither."""
        if self.difference is None:
            return "unknown"
        if not self.difference.excludes_zero:
            return "level"
        return "better" if (self.difference.value > 0) == (self.direction == "higher") else "worse"

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON document."""
        found = self.difference
        interval: dict[str, float | None] = {"difference": None, "low": None, "high": None}
        if found is not None:
            interval = {"difference": found.value, "low": found.low, "high": found.high}
        named = {"group": self.group, "metric": self.metric, "direction": self.direction}
        return {**named, "before": self.before, "after": self.after, **interval, "users": self.users, "verdict": self.verdict}


def differences(
    before: Sequence[Evaluation], after: Sequence[Evaluation], ids: tuple[Sequence[str], Sequence[str]], seed: int = 0
) -> tuple[FigureDifference, ...]:
    """Of the figures of two runs, in the order in which they come; ids: the names of the users of both data sets."""
    first, second = ({(e.group, e.metric): e for e in side} for side in (before, after))
    return tuple(_difference(first.get(key), second.get(key), ids, seed) for key in {**first, **second})


def _difference(
    before: Evaluation | None, after: Evaluation | None, ids: tuple[Sequence[str], Sequence[str]], seed: int
) -> FigureDifference:
    known = before or after
    assert known is not None
    named = known.group, known.metric, known.direction, before.number if before else None, after.number if after else None
    if before is None or after is None or not (before.averaged and after.averaged):
        return FigureDifference(*named, None, 0)
    (old, old_means), (new, new_means) = (_of_users(e, names) for e, names in zip((before, after), ids, strict=True))
    common, at_old, at_new = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    if not len(common):
        return FigureDifference(*named, None, 0)
    interval = bootstrap(np.arange(len(common)), new_means[at_new] - old_means[at_old], seed)
    return FigureDifference(*named, interval, len(common))


def _of_users(figure: Evaluation, names: Sequence[str]) -> tuple[npt.NDArray[np.str_], Float]:
    """The names of the users that a figure is of, and the mean of each one's values."""
    users, rows, counts = np.unique(figure.users, return_inverse=True, return_counts=True)
    sums = np.bincount(rows, weights=figure.values, minlength=len(users))
    return np.array([names[int(u)] for u in users], dtype=np.str_), sums / np.maximum(1, counts)
