"""Whether printed statements hold: the model is asked, and the reviews are counted, once more and in another way.

Nothing here is taken from the checks that a statement passed before it was printed: two programs that agree are worth more than
one. The definitions are those of docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..errors import UsageError
from .base import MetricInput
from .catalogue import places, scores_of_all
from .changes import some_rows
from .mentions import quote_holds, review_counts, size_holds
from .printed import KINDS, UNKNOWN, Line, Lines, read_lines

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]
MOST_LINES = 2000  # of a kind
MOST_SCORES = 1_000_000  # of (user, item) pairs with changed features, of a kind
STEPS, FINER = 16, 32  # from "no features" to f_u
CANCEL = 0.25
ROUNDING = 1e-4  # of scores: what is nearer is the same


@dataclass(frozen=True, eq=False)
class Judged:
    """lines: the statements that were looked at. holds: whether each does. rows: of the documents that print a reason that was not
    found false. kind: of each statement."""

    lines: list[Line]
    holds: Bool
    kind: npt.NDArray[np.str_]
    with_reason: Int

    def of(self, kind: str) -> tuple[Int, Float]:
        """Users [n] and 1 or 0 [n] of all statements of a kind."""
        chosen = self.kind == kind
        return Lines(self.lines).column("user")[chosen], self.holds[chosen].astype(np.float64)


def find_statements(given: MetricInput) -> Judged:
    """Judge what is printed of the given explanations, document by document; at most 2,000 statements of a kind, drawn from the
    seed, and as many as ask for a million scores of those that concern the whole catalogue.

    A statement of a user, item or feature that the data set does not know does not hold. UsageError where the documents are not
    as many as the explanations.
    """
    assert given.said is not None
    assert given.explanations is not None
    if len(given.said) != len(given.explanations):
        raise UsageError(f"{len(given.said)} documents of {len(given.explanations)} explanations", hint="Give one for each.")
    lines = read_lines(given.said, given.data)
    said = {line.row for line in lines if line.kind == "reason"}
    kept: list[Line] = []
    holds: list[Bool] = []
    for kind in KINDS:
        these = [line for line in lines if line.kind == kind]
        chosen = [these[n] for n in some_rows(len(these), _most(kind, given), given.seed)]
        kept += chosen
        holds.append(judge(chosen, given, CHECKS[kind]))
    found = np.concatenate(holds)
    true = {line.row for line, held in zip(kept, found, strict=True) if line.kind == "reason" and held}
    looked = {line.row for line in kept if line.kind == "reason"}
    rows = np.array(sorted((said - looked) | true), dtype=np.int64)
    return Judged(kept, found, np.array([line.kind for line in kept], dtype=np.str_), rows)


def _most(kind: str, given: MetricInput) -> int:
    of_all = kind in ("contrast", "replacement", "leaving")
    return min(MOST_LINES, max(1, MOST_SCORES // max(1, given.data.n_items))) if of_all else MOST_LINES


Check = Callable[[Lines, MetricInput], Bool]


def judge(lines: list[Line], given: MetricInput, check: Check) -> Bool:
    """Whether each line [n] holds; what the data set does not know does not."""
    out = np.zeros(len(lines), dtype=bool)
    able = [n for n, line in enumerate(lines) if line.user != UNKNOWN and line.item != UNKNOWN]
    if able:
        out[able] = check(Lines([lines[n] for n in able]), given)
    return out


def margins(given: MetricInput, lines: Lines, users: SparseRows | None = None, items: SparseRows | None = None) -> Float:
    """Score of the item in front less that of the other, [n]; f_u, or f_i of the item in front, may be replaced by [n, P]."""
    assert given.scores is not None
    who, front, back = (lines.column(name) for name in ("user", "item", "other"))
    found = given.scores(who, front, users, items).astype(np.float64) - given.scores(who, back, users)
    return np.asarray(found)


def reason_holds(lines: Lines, given: MetricInput) -> Bool:
    """Both have F; the item's reviews praise it on the whole; it adds to the margin, which falls without it."""
    data = given.data
    user, item, other, feature = (lines.column(name) for name in ("user", "item", "other", "feature"))
    known = np.flatnonzero((other != UNKNOWN) & (feature != UNKNOWN))
    out = np.zeros(len(user), dtype=bool)
    user, item, feature = user[known], item[known], feature[known]
    here = (_values(data.user_features, user, feature) > 0) & (_values(data.item_features, item, feature) > 0)
    here &= review_counts(data, item, feature).sentiment > 0
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
    total, way = np.zeros(len(feature)), np.zeros(len(feature))
    for step in range(steps):
        middle, ends = (step + 0.5) / steps, (step / steps, (step + 1) / steps)
        below, above = (margins(given, lines, _scaled(profile, feature, middle, end)) for end in ends)
        total += above - below
        way += np.abs(above - below)
    return total, way


def _scaled(profile: SparseRows, feature: Int, by: float, of_feature: float) -> SparseRows:
    """Rows [n, P] times `by`, their own feature [n] times `of_feature`."""
    own = profile.indices == feature[profile.row_numbers()]
    values = (profile.values * np.where(own, of_feature, by)).astype(np.float32)
    return SparseRows(profile.offsets, profile.indices, values, profile.n_columns)


def _values(rows: SparseRows, row: Int, column: Int) -> Float:
    chosen = rows.select(row)
    mine = chosen.indices == column[chosen.row_numbers()]
    return np.bincount(chosen.row_numbers()[mine], weights=chosen.values[mine], minlength=len(row)).astype(np.float64)


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


CHECKS: dict[str, Check] = {
    "reason": reason_holds,
    "contrast": contrast_holds,
    "flip": partial(change_holds, then=flips),
    "replacement": partial(change_holds, then=replaces),
    "leaving": partial(change_holds, then=leaves),
    "evidence": quote_holds,
    "size": size_holds,
}
