"""What becomes of a user's list, and of one item in it, as features are taken away whole: the questions of the field's metrics.

An explanation of a pair asks about its item, one of a user as a whole (item -1) about the first k of the whole catalogue. Features
that are taken away are 0 afterwards. Items that the user liked in training are never in the list, whether or not their column went.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..explainers.order import first
from .base import MetricInput
from .changes import expand

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
MOST_SCORES = 20_000_000  # that one explainer's explanations are asked about
AT_ONCE = 2**22  # scores
NONE = -1


@dataclass(frozen=True, eq=False)
class RemovedLists:
    """Of m lists after a removal. place [m]: of the item, 1 + how many others score strictly above it (0 where a whole list is
    asked about). kept [m]: share of the first k before that is among the first k now. new [m]: the items that are new among the
    first k, each weighed by 1 / log2(place + 1), over the sum of these weights. score [m]: of the item."""

    place: Int
    kept: Float
    new: Float
    score: Float

    def at(self, which: Int) -> RemovedLists:
        """Those of the given numbers, of any shape."""
        return RemovedLists(self.place[which], self.kept[which], self.new[which], self.score[which])


@dataclass(frozen=True, eq=False)
class Removable:
    """Explanations of the user's side [n] of users with features whose item is among the first k (or who are whole lists).

    rows: their numbers. users, items [n]; profile [n, P]: f_u. rank [nnz]: place of each cell in its row, 0 = weighs most; what is
    not named weighs 0, ties in the order of features. named [n]: how many weigh more than 0. before [n, k]: the list as it is.
    """

    rows: Int
    users: Int
    items: Int
    profile: SparseRows
    rank: Int
    named: Int
    before: Int

    @property
    def sizes(self) -> Int:
        """How many features each has [n]."""
        return self.profile.counts


@dataclass(frozen=True, eq=False)
class Steps:
    """After taking away 0, 1, ... S features of each row [n, S + 1]; a row with fewer keeps its last value."""

    outcome: RemovedLists
    removable: Removable


def find_removable(given: MetricInput) -> Removable:
    """As many as MOST_SCORES allow, drawn from the seed."""
    explained = given.explanations
    assert explained is not None
    counts = given.data.user_features.select(explained.users).counts
    able = np.flatnonzero(counts > 0) if explained.side == "user" else np.zeros(0, np.int64)
    drawn = np.random.default_rng([given.seed, 45]).permutation(able)
    cost = np.cumsum((3 * counts[drawn] + 2) * given.data.n_items)
    rows = np.sort(drawn[: max(1, int(np.searchsorted(cost, MOST_SCORES, side="right")))])
    users, items = explained.users[rows], explained.items[rows]
    profile = given.data.user_features.select(users)
    nobody = np.full((len(rows), given.k), NONE)
    found, before = _asked(given, users, items, profile, nobody)
    there = np.flatnonzero((items < 0) | (found.place <= given.k))
    profile, weights = profile.select(there), explained.weights.select(rows[there])
    rank, named = _ranks(profile, weights)
    return Removable(rows[there], users[there], items[there], profile, rank, named, before[there])


def _ranks(profile: SparseRows, weights: SparseRows) -> tuple[Int, Int]:
    """The place of each cell of the profiles in its row by weight, and how many of a row weigh more than 0."""
    cells, known = (r.row_indices() * r.n_columns + r.indices for r in (profile, weights))
    at = np.minimum(np.searchsorted(known, cells), max(0, len(known) - 1))
    there = known[at] == cells if len(known) else np.zeros(len(cells), dtype=bool)
    weight = np.zeros(len(cells))
    weight[there] = weights.values[at[there]]
    row = profile.row_indices()
    order = np.lexsort((-weight, row))
    rank = np.empty(len(cells), dtype=np.int64)
    rank[order] = np.arange(len(cells)) - profile.offsets[row[order]]
    return rank, np.bincount(row[weight > 0], minlength=profile.n_rows)


def find_from_top(given: MetricInput) -> Steps:
    """The features that weigh most are taken away first."""
    removable = given.once(find_removable)
    return _steps(given, removable, lambda row, count, rank: rank >= count)


def find_from_end(given: MetricInput) -> Steps:
    """The features that weigh least are taken away first: what is left are those that find_alone puts in, in the other order."""
    removable, put_in = given.once(find_removable), given.once(find_alone).outcome
    sizes = removable.sizes[:, None]
    left = sizes - np.minimum(np.arange(put_in.place.shape[1]), sizes)
    tables = (np.take_along_axis(table, left, axis=1) for table in vars(put_in).values())
    return Steps(RemovedLists(*tables), removable)


def find_alone(given: MetricInput) -> Steps:
    """The features that weigh most are put in first, into a profile that holds nothing."""
    removable = given.once(find_removable)
    return _steps(given, removable, lambda row, count, rank: rank < count)


def _steps(given: MetricInput, removable: Removable, kept: Callable[[Int, Int, Int], Bool]) -> Steps:
    """kept: of rows, how many features were taken away, and the rank of a cell, whether the cell is left [nnz]."""
    sizes = removable.sizes
    row = np.repeat(np.arange(len(sizes)), sizes + 1)
    begin = np.cumsum(sizes + 1) - (sizes + 1)
    count = np.arange(len(row)) - begin[row]
    variant, source = expand(removable.profile, row)
    each, values = variant.row_indices(), removable.profile.values[source]
    left = SparseRows(variant.offsets, variant.indices, values, variant.n_columns).where(
        kept(row[each], count[each], removable.rank[source])
    )
    outcome, _ = _asked(given, removable.users[row], removable.items[row], left, removable.before[row])
    table = begin[:, None] + np.minimum(np.arange(int(sizes.max(initial=0)) + 1), sizes[:, None])
    return Steps(outcome.at(table), removable)


def find_named_sets(given: MetricInput) -> tuple[RemovedLists, Float]:
    """What is reached by the set of features that each row names, and its size [n].

    Where the explanation has a change: the features of it that fall. Elsewhere: the shortest beginning of its order that does (the
    item leaves; of a list: it changes), of features that weigh more than 0; all of these where none does."""
    removable, explained = given.once(find_removable), given.explanations
    assert explained is not None
    if explained.change is None:
        steps = given.once(find_from_top).outcome
        out = np.where(removable.items[:, None] >= 0, steps.place > given.k, steps.kept < 1)
        out &= np.arange(out.shape[1]) <= removable.named[:, None]
        size = np.where(out.any(axis=1), out.argmax(axis=1), removable.named)
        ends = (np.take_along_axis(table, size[:, None], axis=1)[:, 0] for table in vars(steps).values())
        return RemovedLists(*ends), size.astype(float)
    change = explained.change.select(removable.rows)
    falls = change.where(change.values < 0)
    cells, gone = (r.row_indices() * r.n_columns + r.indices for r in (removable.profile, falls))
    taken = np.isin(cells, gone)
    left = removable.profile.where(~taken)
    size = np.bincount(removable.profile.row_indices()[taken], minlength=len(removable.rows))
    return _asked(given, removable.users, removable.items, left, removable.before)[0], size.astype(float)


def _asked(given: MetricInput, users: Int, items: Int, features: SparseRows, before: Int) -> tuple[RemovedLists, Int]:
    """Of users [m] with features [m, P]: the outcome beside the lists before [m, k], and the lists now [m, k], -1 where short."""
    assert given.catalogue is not None
    m, n_items = len(users), given.data.n_items
    k = min(given.k, n_items)
    place, score, now = np.zeros(m, np.int64), np.zeros(m), np.full((m, given.k), NONE)
    size = max(1, AT_ONCE // max(1, n_items))
    for part in (np.arange(at, min(at + size, m)) for at in range(0, m, size)):
        scores = given.catalogue(users[part], features.select(part))
        own = scores[np.arange(len(part)), np.maximum(items[part], 0)]
        place[part] = np.where(items[part] >= 0, 1 + (scores > own[:, None]).sum(axis=1), 0)
        score[part] = np.where(items[part] >= 0, own, 0)
        found = first(scores, k)
        now[part, :k] = np.where(np.isfinite(np.take_along_axis(scores, found, axis=1)), found, NONE)
    same = (now[:, :, None] == before[:, None, :]) & (now >= 0)[:, :, None]
    weight = 1 / np.log2(np.arange(2, given.k + 2))
    length = np.maximum(1, (before >= 0).sum(axis=1))
    new = ((~same.any(axis=2) & (now >= 0)) * weight).sum(axis=1) / weight.sum()
    return RemovedLists(place, same.any(axis=1).sum(axis=1) / length, new, score), now
