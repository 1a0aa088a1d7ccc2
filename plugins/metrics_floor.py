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
MOST_CELLS = 2**20  # of changed profiles that are asked about at once


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
    sizes = np.diff(asked.profile.offsets)
    able = np.flatnonzero(sizes > 0)  # the rows of the curves
    some = some_rows(len(able), MOST_PAIRS, given.seed)
    rows, steps = able[some], curves.steps[some].astype(np.int64)
    best = np.zeros(len(some))
    for chosen, find in ((sizes[rows] <= EXHAUSTIVE, _of_all_orders), (sizes[rows] > EXHAUSTIVE, _greedy)):
        for part in _parts(np.flatnonzero(chosen), sizes[rows]):
            best[part] = find(given, asked, rows[part], sizes[rows[part]], steps[part])
    return Floor(curves.users[some], best, curves.area(curves.deletion)[some])


def _parts(places: Int, sizes: Int) -> list[Int]:
    """Places of one size and after it, in parts that ask about so many cells at once as the memory easily holds."""
    places = places[np.argsort(sizes[places], kind="stable")]
    asked = np.where(sizes[places] <= EXHAUSTIVE, 2.0 ** np.minimum(sizes[places], EXHAUSTIVE), sizes[places]) * sizes[places]
    new = np.diff(sizes[places], prepend=-1) > 0
    new &= sizes[places] <= EXHAUSTIVE  # those have tables of one width
    part = np.cumsum(new) + (np.cumsum(asked) // MOST_CELLS).astype(np.int64)
    return [places[part == n] for n in np.unique(part)]


def _left(given: MetricInput, asked: Asked, rows: Int, taken: npt.NDArray[np.bool_]) -> Float:
    """The share of the lead of questions [m] that is left, 0..1, without the taken features [m, widest profile]."""
    assert given.scores is not None
    profile = asked.profile.select(rows)
    row = profile.row_indices()
    gone = taken[row, np.arange(len(row)) - profile.offsets[row]]
    kept = SparseRows(profile.offsets, profile.indices, np.where(gone, np.float32(0), profile.values), profile.n_columns)
    left: Float = np.clip(asked.margins(given.scores, rows, kept) / asked.lead[rows], 0, 1).astype(np.float64)
    return left


def _of_all_orders(given: MetricInput, asked: Asked, rows: Int, sizes: Int, steps: Int) -> Float:
    """Least area [n] over all orders of up to `steps` features, of profiles of one size: a set is best reached from the best of the
    sets with one less."""
    size = int(sizes[0])
    sets = np.arange(2**size)
    taken = (sets[:, None] >> np.arange(size)[None, :]) & 1 == 1
    count = taken.sum(axis=1)
    open_ = steps[:, None] - count  # steps to go [n, 2^size], each with what is left now
    wanted = open_ >= 0
    left, total = np.ones(wanted.shape), np.full(wanted.shape, np.inf)
    which, these = np.nonzero(wanted)
    left[wanted] = _left(given, asked, rows[which], taken[these])
    left[:, 0] = 1.0  # an explanation that names nothing
    total[:, 0] = 0.0
    for n in range(1, size + 1):  # a set comes after all that it contains
        these = np.flatnonzero(count == n)
        with_one_less = np.where(taken[these], total[:, these[:, None] ^ (1 << np.arange(size))], np.inf)
        total[:, these] = np.where(wanted[:, these], left[:, these] + with_one_less.min(axis=2), np.inf)
    area: Float = np.where(wanted, total + open_ * left, np.inf).min(axis=1) / steps
    return area


def _greedy(given: MetricInput, asked: Asked, rows: Int, sizes: Int, steps: Int) -> Float:
    """Areas [n] of the curves that take away, at each step, the feature without which the least lead is left; or stop."""
    there = np.arange(sizes.max()) < sizes[:, None]  # [n, S]
    gone, total, best = np.zeros_like(there), np.zeros(len(rows)), steps.astype(np.float64)
    for step in range(int(steps.max())):
        going = np.flatnonzero(step < steps)
        which, feature = np.nonzero(there[going] & ~gone[going])
        tried = gone[going][which]
        tried[np.arange(len(which)), feature] = True
        left = np.full((len(going), there.shape[1]), np.inf)
        left[which, feature] = _left(given, asked, rows[going][which], tried)
        gone[going, left.argmin(axis=1)] = True
        least = left.min(axis=1)
        total[going] += least
        best[going] = np.minimum(best[going], total[going] + (steps[going] - 1 - step) * least)
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
