"""The metric of what is said to people of the model: the share of statements that hold, by kind, and how many items have a reason.

Whether a statement holds: the model is asked, and the reviews are counted, once more and in another way. Nothing here is taken
from the checks that a statement passed before it was printed: two programs that agree are worth more than one. The definitions
are those of docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import (
    UNKNOWN,
    Float,
    Judged,
    KindMetric,
    Lines,
    Metric,
    MetricInput,
    StatementMetric,
    Values,
    find_statements,
    places,
    review_counts,
    scores_of_all,
)

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
STEPS, FINER = 16, 32  # from "no features" to f_u
CANCEL = 0.25
ROWS_AT_ONCE = 16_384  # of changed profiles
ROUNDING = 1e-4  # of scores: what is nearer is the same


def margins(given: MetricInput, lines: Lines, users: SparseRows | None = None, items: SparseRows | None = None) -> Float:
    """Score of the item in front less that of the other, [n]; f_u, or f_i of the item in front, may be replaced by [n, P]."""
    assert given.scores is not None
    who, front, back = (lines.column(name) for name in ("user", "item", "other"))
    found = given.scores(who, front, users, items).astype(np.float64) - given.scores(who, back, users)
    return np.asarray(found)


def reason_holds(lines: Lines, given: MetricInput) -> Bool:
    """Both have F, or the user liked the item F; the item's reviews praise it on the whole, if it is a word; it adds to the margin,
    which falls without it."""
    data = given.data
    user, item, other, feature = (lines.column(name) for name in ("user", "item", "other", "feature"))
    known = np.flatnonzero((other != UNKNOWN) & (feature != UNKNOWN))
    out = np.zeros(len(user), dtype=bool)
    user, item, feature = user[known], item[known], feature[known]
    liked, word = (data.features.are(kind)[feature] for kind in ("history", "word"))
    here = (_values(data.user_features, user, feature) > 0) & (liked | (_values(data.item_features, item, feature) > 0))
    here &= ~word | (review_counts(data, item, feature).sentiment > 0)
    known, feature = known[here], feature[here]
    if len(known):
        asked = lines.some(known)
        profile = data.user_features.select(user[here])
        falls = margins(given, asked, profile) - margins(given, asked, _scaled(profile, feature, 1.0, 0.0)) > 0
        out[known] = falls & (contribution(given, asked, profile, feature) > -ROUNDING)
    return out


def contribution(given: MetricInput, lines: Lines, profile: SparseRows, feature: Int) -> Float:
    """What feature F [n] adds to the margin on the straight way from "no features" to f_u, in score units.

    Integrated gradients (Sundararajan et al., ICML 2017), by differences of the margin itself: nothing but scores is known here. In
    finer steps where it is not clearly above 0, since a network bends within a step.
    """
    total, way = _gained(given, lines, profile, feature, STEPS)
    doubtful = np.flatnonzero(total < CANCEL * way)  # too little to be sure, or less than nothing
    if len(doubtful):
        some = lines.some(doubtful), profile.select(doubtful), feature[doubtful]
        total[doubtful] = _gained(given, *some, STEPS * FINER)[0]
    return total


def _gained(given: MetricInput, lines: Lines, profile: SparseRows, feature: Int, steps: int) -> tuple[Float, Float]:
    """The sum [n] of what F adds in each step, and the sum of its size."""
    n = len(feature)
    total, way = np.zeros(n), np.zeros(n)
    at_once = max(1, ROWS_AT_ONCE // (2 * n))
    for first in range(0, steps, at_once):
        step = np.arange(first, min(first + at_once, steps))
        middle, ends = np.repeat((step + 0.5) / steps, 2), (step[:, None] + [0, 1]).ravel() / steps
        every = np.tile(np.arange(n), len(ends))
        moved = _scaled(profile.select(every), feature[every], np.repeat(middle, n), np.repeat(ends, n))
        below, above = np.moveaxis(margins(given, lines.some(every), moved).reshape(len(step), 2, n), 1, 0)
        total += (above - below).sum(axis=0)
        way += np.abs(above - below).sum(axis=0)
    return total, way


def _scaled(profile: SparseRows, feature: Int, by: Float | float, of_feature: Float | float) -> SparseRows:
    """Rows [n, P] times `by`, their own feature [n] times `of_feature`; one number each, or one for all."""
    row = profile.row_indices()
    own, (by, of_feature) = profile.indices == feature[row], (np.broadcast_to(each, len(feature))[row] for each in (by, of_feature))
    values = (profile.values * np.where(own, of_feature, by)).astype(np.float32)
    return SparseRows(profile.offsets, profile.indices, values, profile.n_columns)


def _values(rows: SparseRows, row: Int, column: Int) -> Float:
    chosen = rows.select(row)
    mine = chosen.indices == column[chosen.row_indices()]
    return np.bincount(chosen.row_indices()[mine], weights=chosen.values[mine], minlength=len(row)).astype(np.float64)


def contrast_holds(lines: Lines, given: MetricInput) -> Bool:
    """The item scores above the other, and no item that the user has not liked lies between them."""
    user, item, other = (lines.column(name) for name in ("user", "item", "other"))
    out = np.zeros(len(user), dtype=bool)
    for n, scores in scores_of_all(given, user):
        i, j = item[n], other[n]
        if j == UNKNOWN or np.isneginf(scores[j]) or i == j:
            continue
        between = (scores < scores[i] - ROUNDING) & (scores > scores[j] + ROUNDING)
        out[n] = scores[i] > scores[j] and (lines.lines[n].why_not or not between.any())
    return out


def change_holds(lines: Lines, given: MetricInput, then: Callable[[Lines, MetricInput, SparseRows], Bool]) -> Bool:
    """The change starts from what is there and stays on the scale, the item is in front now, and `then` holds after it."""
    data = given.data
    of_user = np.array([line.side == "user" for line in lines.lines])
    out = np.zeros(len(of_user), dtype=bool)
    for mine, base, name in ((of_user, data.user_features, "user"), (~of_user, data.item_features, "item")):
        able = np.flatnonzero(mine & (lines.column("other") != UNKNOWN))
        some = lines.some(able)
        able = able[some.starts_from(base, some.column(name), data.settings.max_rating)]
        some = lines.some(able)
        if len(able):
            out[able] = (margins(given, some) > 0) & then(some, given, some.changed(base, some.column(name)))
    return out


def flips(lines: Lines, given: MetricInput, after: SparseRows) -> Bool:
    """The other scores above the item."""
    of_user = lines.lines[0].side == "user"
    found: Bool = (margins(given, lines, after) if of_user else margins(given, lines, None, after)) < 0
    return found


def replaces(lines: Lines, given: MetricInput, after: SparseRows) -> Bool:
    """The other stands at the item's old place or higher; and where the places are told, there."""
    before = places(given, lines, "item", None)
    then = places(given, lines, "other", after)
    out = []
    for line, b, t in zip(lines.lines, before, then, strict=True):
        told = line.count is None or (line.count[0] in b and line.count[1] in t)
        out.append(told and t.start < b.stop)
    return np.array(out, dtype=bool)


def leaves(lines: Lines, given: MetricInput, after: SparseRows) -> Bool:
    """The item was among the first K, and is not any more; and where its new place is told, it stands there."""
    before, then = places(given, lines, "item", None), places(given, lines, "item", after)
    out = []
    for line, b, t in zip(lines.lines, before, then, strict=True):
        k, place = line.count or (given.k, None)
        out.append(b.start <= k and t.stop - 1 > k and (place is None or place in t))
    return np.array(out, dtype=bool)


class ReasonStatements(KindMetric):
    """Share of reasons that hold: f_u[F] > 0; F adds to the margin, which falls without F. Of words and attributes f_i[F] > 0, and
    of words the mean sentiment of the item's mentions of F is positive."""

    name, key = "statements-reason", "reason"
    holds = staticmethod(reason_holds)


class ContrastStatements(KindMetric):
    """Share of contrasts that hold: the item scores above the other, with nothing that the user has not liked between them."""

    name, key = "statements-contrast", "contrast"
    holds = staticmethod(contrast_holds)


class FlipStatements(KindMetric):
    """Share of flips that hold: with the change, from the values that are there to values within 0..T, the other scores above the
    item, which is ahead without it."""

    name, key = "statements-flip", "flip"
    holds = staticmethod(partial(change_holds, then=flips))


class ReplacementStatements(KindMetric):
    """Share of replacements that hold: with the change the other stands at the item's old place in the catalogue or higher."""

    name, key = "statements-replacement", "replacement"
    holds = staticmethod(partial(change_holds, then=replaces))


class LeavingStatements(KindMetric):
    """Share of leavings that hold: the item is among the first K of the catalogue, and with the change it is not."""

    name, key = "statements-leaving", "leaving"
    holds = staticmethod(partial(change_holds, then=leaves))


def rows_with_reason(found: Judged) -> Int:
    """Rows of the documents that print a reason that was not found false."""
    lines, holds = found.judged("reason", reason_holds)
    true = {line.row for line, held in zip(lines, holds, strict=True) if held}
    said = {line.row for line in found.lines if line.kind == "reason"}
    return np.array(sorted((said - {line.row for line in lines}) | true), dtype=np.int64)


class Coverage(StatementMetric):
    """Share of top items with at least one reason that holds, of users with features."""

    name, key = "statements-coverage", "coverage"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 an item."""
        assert given.explanations is not None
        found = given.once(find_statements)
        users = given.explanations.users
        known = np.diff(given.data.user_features.offsets)[users] > 0
        covered = np.isin(np.arange(len(users)), rows_with_reason(found))
        return Values(users[known], covered[known].astype(np.float64))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """A share for each kind of statement, and the coverage."""
    return [
        ReasonStatements,
        ContrastStatements,
        FlipStatements,
        ReplacementStatements,
        LeavingStatements,
        Coverage,
    ]
