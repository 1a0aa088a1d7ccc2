"""Metrics of necessity and sufficiency: does an item leave the list without the named features, and stay with them alone?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import Float, Metric, MetricInput, Named, Values, in_rows, named_features, profiles, some_rows

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
MOST_ROWS = 1000
LENGTHS = (1, 2, 3)  # features: profiles hold three to five, so that the first k = 10 are all of them


@dataclass(frozen=True, eq=False)
class Necessity:
    """For each recommended pair [n]: does i fall out of the first k without the named features; does it stay in with them alone."""

    users: Int
    necessary: Float
    sufficient: Float


def find_necessity(given: MetricInput, length: int | None = None) -> Necessity:
    """PN and PS of each pair that stands among the first k of its user's candidates and itself (ties against it); Tan et al., CIKM
    2021.

    The named features are the `length` (k where None) that weigh most. They are taken from f_u, or, where the explanation speaks of
    items, from every listed item. At most 1,000 pairs, drawn from the seed. A row that names nothing is neither
    necessary nor sufficient. Left out: pairs of users without a list, and lists of k items or fewer, out of which nothing can fall.
    """
    explained = given.explanations
    assert explained is not None
    rows, items = _lists(given)
    kept = (items >= 0).sum(axis=1) > given.k
    rows, items = rows[kept], items[kept]
    some = some_rows(len(rows), MOST_ROWS, given.seed)
    rows, items = rows[some], items[some]
    recommended = _stays(given, rows, items, None, keep=False)
    rows, items = rows[recommended], items[recommended]
    named = named_features(explained.weights.select(rows), length or given.k)
    names = named.counts() > 0
    necessary = ~_stays(given, rows, items, named, keep=False)  # taking nothing away changes nothing
    sufficient = _stays(given, rows, items, named, keep=True) & names
    return Necessity(explained.users[rows], necessary.astype(np.float64), sufficient.astype(np.float64))


def _lists(given: MetricInput) -> tuple[Int, Int]:
    """The explanations [n] of an item for a user with a candidate list, and those lists with the item in them [n, c + 1]."""
    explained = given.explanations
    assert explained is not None
    lists = given.data.test_candidates if given.part == "test" else given.data.valid_candidates
    listed = np.full(given.data.n_users, -1, dtype=np.int64)
    listed[lists.users] = np.arange(len(lists))
    rows = np.flatnonzero((explained.items >= 0) & (listed[explained.users] >= 0))
    others, own = lists.items[listed[explained.users[rows]]], explained.items[rows, None]
    return rows, np.concatenate([np.where(others == own, -1, others), own], axis=1)


def _stays(given: MetricInput, rows: Int, items: Int, named: Named | None, keep: bool) -> Bool:
    """Whether each pair is among the first k of its list, after the named features were taken away, or they alone were kept."""
    explained = given.explanations
    assert explained is not None
    assert given.scores is not None
    row, column = np.nonzero(items >= 0)
    users, listed = explained.users[rows][row], items[row, column]
    scores = np.full(items.shape, -np.inf, dtype=np.float32)
    if named is None:
        scores[row, column] = given.scores(users, listed)
    elif explained.side == "user":
        profile = _masked(profiles(given, explained, rows), named.sets(), keep)
        scores[row, column] = given.scores(users, listed, profile.select(row))
    else:
        profile = _masked(given.data.item_features.select(listed), named.sets().select(row), keep)
        scores[row, column] = given.scores(users, listed, None, profile)
    own = items == explained.items[rows][:, None]
    best = np.where(own, scores, -np.inf).max(axis=1, initial=-np.inf)
    found: Bool = (~own & (scores >= best[:, None])).sum(axis=1) < given.k
    return found


def _masked(profile: SparseRows, sets: SparseRows, keep: bool) -> SparseRows:
    """Profiles without the cells of the sets, or with those alone."""
    inside = in_rows(sets, profile.row_indices(), profile.indices)
    values = np.where(inside == keep, profile.values, 0).astype(np.float32)
    return SparseRows(profile.offsets, profile.indices, values, profile.n_columns)


def _finder(length: int | None) -> Callable[[MetricInput], Necessity]:
    """find_necessity for that many features, under a name of its own, by which its result is remembered."""

    def find(given: MetricInput) -> Necessity:
        return find_necessity(given, length)

    find.__qualname__ = f"find_necessity_{length}"
    return find


_FINDERS = {length: _finder(length) for length in (None, *LENGTHS)}


class NecessityMetric(Metric):
    """Common to PN, PS and FNS: for pairs among the first k of their candidate list; at most 1,000 of them.

    length: how many features count, k where None.
    """

    length: ClassVar[int | None] = None

    group = "faithfulness"
    sample = "top"
    direction = "higher"
    needs = frozenset({"explanations", "scores"})
    at_k = False
    reference = "Tan et al., Counterfactual Explainable Recommendation, CIKM 2021, section 5"


class PN(NecessityMetric):
    """Probability of necessity: share of recommended pairs that fall out of the first k when the named features are set to 0."""

    name, key = "pn", "pn"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(_FINDERS[self.length])
        return Values(found.users, found.necessary)


class PS(NecessityMetric):
    """Probability of sufficiency: share of recommended pairs that stay among the first k when only the named features are kept."""

    name, key = "ps", "ps"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(_FINDERS[self.length])
        return Values(found.users, found.sufficient)


class FNS(NecessityMetric):
    """2 PN PS / (PN + PS), of the two shares."""

    name, key = "fns", "fns"

    def values(self, given: MetricInput) -> Values:
        """1 where the features are both, 0 elsewhere; the summary is made of the two shares."""
        found = given.once(_FINDERS[self.length])
        return Values(found.users, found.necessary * found.sufficient, np.stack([found.necessary, found.sufficient], axis=1))

    def summary(self, values: Values) -> float:
        """Harmonic mean of PN and PS."""
        assert values.parts is not None
        pn, ps = values.parts.mean(axis=0)
        return float(2 * pn * ps / (pn + ps)) if pn + ps > 0 else 0.0


def at_length(base: type[NecessityMetric], length: int) -> type[Metric]:
    """The metric of that many features; the length of the lists stays k."""
    facts = {
        "name": f"{base.key}-{length}",
        "length": length,
        "fixed_k": length,
        "at_k": True,
        "group": "necessity",
        "__doc__": base.__doc__,
    }
    return type(f"{base.__name__}{length}", (base,), {**facts, "__module__": __name__})


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """PN, PS and their harmonic mean, of the first k features and of 1, 2 and 3."""
    return [PN, PS, FNS, *(at_length(base, length) for base in (PN, PS, FNS) for length in LENGTHS)]
