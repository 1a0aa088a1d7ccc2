"""The metric of what is said to people: the share of printed statements that hold, by kind, and how many items have a reason.

Whether a statement holds: the model is asked, and the reviews are counted, once more and in another way. Nothing here is taken
from the checks that a statement passed before it was printed: two programs that agree are worth more than one. The definitions
are those of docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from pyexplain import Dataset, UsageError, hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import (
    UNKNOWN,
    Float,
    Line,
    Lines,
    Metric,
    MetricInput,
    Values,
    places,
    read_lines,
    review_counts,
    scores_of_all,
    some_rows,
)

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
MOST_LINES = 2000  # of a kind
MOST_SCORES = 1_000_000  # of (user, item) pairs with changed features, of a kind
STEPS, FINER = 16, 32  # from "no features" to f_u
CANCEL = 0.25
ROWS_AT_ONCE = 16_384  # of changed profiles
COMPLAINS = "complain"  # the word that tells a count of complaints from one of praise
ROUNDING = 1e-4  # of scores: what is nearer is the same


@dataclass(frozen=True, eq=False)
class Judged:
    """The printed statements of the input. Those of a kind are judged when they are first asked for: at most 2,000, drawn from the
    seed, and as many as ask for a million scores of those that concern the whole catalogue."""

    given: MetricInput
    lines: list[Line]
    _known: dict[str, tuple[list[Line], Bool]] = field(default_factory=dict, repr=False)

    def judged(self, kind: str) -> tuple[list[Line], Bool]:
        """The statements [n] of a kind that are looked at, and whether each holds."""
        if kind not in self._known:
            these = [line for line in self.lines if line.kind == kind]
            chosen = [these[n] for n in some_rows(len(these), _most(kind, self.given), self.given.seed)]
            self._known[kind] = chosen, judge(chosen, self.given, CHECKS[kind])
        return self._known[kind]

    def of(self, kind: str) -> tuple[Int, Float]:
        """Users [n] and 1 or 0 [n] of all statements of a kind."""
        lines, holds = self.judged(kind)
        return Lines(lines).column("user"), holds.astype(np.float64)

    @property
    def with_reason(self) -> Int:
        """Rows of the documents that print a reason that was not found false."""
        lines, holds = self.judged("reason")
        true = {line.row for line, held in zip(lines, holds, strict=True) if held}
        said = {line.row for line in self.lines if line.kind == "reason"}
        return np.array(sorted((said - {line.row for line in lines}) | true), dtype=np.int64)


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
    row = profile.row_numbers()
    own, (by, of_feature) = profile.indices == feature[row], (np.broadcast_to(each, len(feature))[row] for each in (by, of_feature))
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


def size_holds(lines: Lines, given: MetricInput) -> Bool:
    """[k, n]: n training reviews of the item mention F, and k of them praise it, or complain about it where the text says so."""
    counts = review_counts(given.data, lines.column("item"), lines.column("feature"))
    sides = [counts.complain if COMPLAINS in line.text else counts.praise for line in lines.lines]
    wanted = [(int(side[n]), int(counts.mention[n])) for n, side in enumerate(sides)]
    return np.array([line.count == true and true[0] > 0 for line, true in zip(lines.lines, wanted, strict=True)], dtype=bool)


def quote_holds(lines: Lines, given: MetricInput) -> Bool:
    """The sentence stands, whole, in a training review of that user and item, is a mention of F there, and a positive one; it is of
    the item itself or of what the explained person wrote, as it is told."""
    data, known = given.data, _sentences(lines, given.data)
    out = []
    for line in lines.lines:
        quote = line.quote or {}
        item, user = (int(names.numbers([str(quote.get(key))])[0]) for names, key in ((data.items, "item"), (data.users, "user")))
        found = known.get((user, item, line.feature, _plain(str(quote.get("sentence")))), [])
        own = user == line.user
        about = item == line.item or own
        positive = bool(found) and float(np.mean(found)) > 0 and float(quote.get("sentiment", 0)) > 0
        out.append(positive and about and own == bool(quote.get("own")) and UNKNOWN not in (item, user, line.feature))
    return np.array(out, dtype=bool)


def _sentences(lines: Lines, data: Dataset) -> dict[tuple[int, int, int, str], list[float]]:
    """(user, item, feature, sentence) -> sentiments, of the features that quotes are about."""
    frame = data.evidence[data.evidence["feature"].isin(np.unique(lines.column("feature")))]
    found: dict[tuple[int, int, int, str], list[float]] = {}
    for user, item, feature, sentence, sentiment in zip(
        *(frame[name].tolist() for name in ("user", "item", "feature", "sentence", "sentiment")), strict=True
    ):
        found.setdefault((user, item, feature, _plain(str(sentence))), []).append(float(sentiment))
    return found


def _plain(text: str) -> str:
    """Without the line breaks that a printed line cannot keep."""
    return " ".join(text.split())


CHECKS: dict[str, Check] = {
    "reason": reason_holds,
    "contrast": contrast_holds,
    "flip": partial(change_holds, then=flips),
    "replacement": partial(change_holds, then=replaces),
    "leaving": partial(change_holds, then=leaves),
    "evidence": quote_holds,
    "size": size_holds,
}


class StatementMetric(Metric):
    """Common to all: from the JSON documents that are printed, the model asked again and the mentions of training reviews."""

    group = "statements"
    direction = "higher"
    needs = frozenset({"explanations", "scores", "said"})
    at_k = False
    sample = "top"
    beside_controls = False  # what is printed of a control is checked like anybody's


class KindMetric(StatementMetric):
    """Of one kind."""

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a statement."""
        return Values(*given.once(find_statements).of(self.key))


class ReasonStatements(KindMetric):
    """Share of reasons that hold: f_u[F] > 0; F adds to the margin, which falls without F. Of words and attributes f_i[F] > 0, and
    of words the mean sentiment of the item's mentions of F is positive."""

    name, key = "statements-reason", "reason"


class ContrastStatements(KindMetric):
    """Share of contrasts that hold: the item scores above the other, with nothing that the user has not liked between them."""

    name, key = "statements-contrast", "contrast"


class FlipStatements(KindMetric):
    """Share of flips that hold: with the change, from the values that are there to values within 0..T, the other scores above the
    item, which is ahead without it."""

    name, key = "statements-flip", "flip"


class ReplacementStatements(KindMetric):
    """Share of replacements that hold: with the change the other stands at the item's old place in the catalogue or higher."""

    name, key = "statements-replacement", "replacement"


class LeavingStatements(KindMetric):
    """Share of leavings that hold: the item is among the first K of the catalogue, and with the change it is not."""

    name, key = "statements-leaving", "leaving"


class EvidenceStatements(KindMetric):
    """Share of quotes that hold: a whole sentence of a training review, of the item or by the user, a positive mention of F."""

    name, key = "statements-evidence", "evidence"


class SizeStatements(KindMetric):
    """Share of counts that hold: k of n training reviews of the item that mention F praise it (or complain about it)."""

    name, key = "statements-size", "size"


class Coverage(StatementMetric):
    """Share of top items with at least one reason that holds, of users with features."""

    name, key = "statements-coverage", "coverage"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 an item."""
        assert given.explanations is not None
        found = given.once(find_statements)
        users = given.explanations.users
        known = np.diff(given.data.user_features.offsets)[users] > 0
        covered = np.isin(np.arange(len(users)), found.with_reason)
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
        EvidenceStatements,
        SizeStatements,
        Coverage,
    ]
