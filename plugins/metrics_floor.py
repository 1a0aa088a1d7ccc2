"""The best deletion that can be found by trying: how far an explanation is from the best possible one for the same pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import Asked, Float, Metric, MetricInput, Values, find_asked, find_curves, some_rows

Int = npt.NDArray[np.int64]
MOST_PAIRS = 200
EXHAUSTIVE = 10  # features of a profile: 2^10 sets are asked about


@dataclass(frozen=True, eq=False)
class Floor:
    """Of a sample of questions with a profile [n]: the least area under a deletion curve that was found, and the explanation's."""

    users: Int
    best: Float
    own: Float


def find_floor(given: MetricInput) -> Floor:
    """For at most 200 questions, drawn from the seed: the order of taking features away whose curve has the least area.

    It may stop early, as an explanation that names no more features does: from there on the curve is flat.
    Profiles of up to 10 features: over all orders, by dynamic programming over the sets of what is taken. Beyond: greedily, the
    feature next whose removal leaves the least lead, so that the best may be better still.
    """
    assert given.scores is not None
    asked, curves = given.once(find_asked), given.once(find_curves)
    able = np.flatnonzero(np.diff(asked.profile.offsets) > 0)  # the rows of the curves
    some = some_rows(len(able), MOST_PAIRS, given.seed)
    best = np.zeros(len(some))
    for place, row in enumerate(able[some]):
        size, steps = len(asked.profile.row(int(row))[0]), int(curves.steps[some[place]])
        find = _of_all_orders if size <= EXHAUSTIVE else _greedy
        best[place] = find(given, asked, int(row), size, steps)
    return Floor(curves.users[some], best, curves.area(curves.deletion)[some])


def _left(given: MetricInput, asked: Asked, row: int, taken: npt.NDArray[np.bool_]) -> Float:
    """The share of the lead of a question that is left, 0..1, for each set of taken features [m, size of its profile]."""
    assert given.scores is not None
    columns, values = asked.profile.row(row)
    kept = np.where(taken, 0, values).astype(np.float32)
    offsets = np.arange(len(taken) + 1, dtype=np.int64) * len(columns)
    rows = SparseRows(offsets, np.tile(columns, len(taken)), kept.ravel(), asked.profile.n_columns)
    again = np.full(len(taken), row, dtype=np.int64)
    left: Float = np.clip(asked.margins(given.scores, again, rows) / asked.lead[row], 0, 1).astype(np.float64)
    return left


def _of_all_orders(given: MetricInput, asked: Asked, row: int, size: int, steps: int) -> float:
    """Least area over all orders of up to `steps` features: a set is best reached from the best of the sets with one less."""
    sets = np.arange(2**size)
    taken = (sets[:, None] >> np.arange(size)[None, :]) & 1 == 1
    open_ = steps - taken.sum(axis=1)  # steps to go, each with what is left now
    wanted = open_ >= 0
    left = np.ones(2**size)
    left[wanted] = _left(given, asked, row, taken[wanted])
    left[0] = 1.0  # an explanation that names nothing
    total = np.full(2**size, np.inf)
    total[0] = 0.0
    for count in range(1, min(size, steps) + 1):  # a set comes after all that it contains
        these = np.flatnonzero(open_ == steps - count)
        with_one_less = np.where(taken[these], total[these[:, None] ^ (1 << np.arange(size))], np.inf)
        total[these] = left[these] + with_one_less.min(axis=1)
    return float((total + open_ * left)[wanted].min() / steps)


def _greedy(given: MetricInput, asked: Asked, row: int, size: int, steps: int) -> float:
    """Area of the curve that takes away, at each step, the feature without which the least lead is left; or stops."""
    gone, total, best = np.zeros(size, dtype=bool), 0.0, float(steps)
    for to_go in range(steps - 1, -1, -1):
        open_ = np.flatnonzero(~gone)
        tried = np.repeat(gone[None, :], len(open_), axis=0)
        tried[np.arange(len(open_)), open_] = True
        left = _left(given, asked, row, tried)
        gone[open_[left.argmin()]] = True
        total += float(left.min())
        best = min(best, total + to_go * float(left.min()))
    return best / steps


class FloorMetric(Metric):
    """Common to both. What is best depends on the model and the pair alone, so there is no merit in beating a control."""

    group = "faithfulness"
    sample = "top"
    direction = "lower"
    needs = frozenset({"explanations", "against", "scores"})
    at_k = False
    beside_controls = False


class BestDeletion(FloorMetric):
    """The least `deletion` that any order of features has, stopped at any step, over at most 200 pairs: all orders where a
    profile has up to 10 features, greedily found beyond."""

    name, key = "deletion-best", "deletion-best"

    def values(self, given: MetricInput) -> Values:
        """One value a pair."""
        found = given.once(find_floor)
        return Values(found.users, found.best)


class DeletionGap(FloorMetric):
    """`deletion` of the explanation less the best, over the same pairs; below 0 only where the best was found greedily."""

    name, key = "deletion-gap", "deletion-gap"
    range = (-1.0, 1.0)

    def values(self, given: MetricInput) -> Values:
        """One value a pair."""
        found = given.once(find_floor)
        return Values(found.users, found.own - found.best)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The best, and the distance to it."""
    return [BestDeletion, DeletionGap]
