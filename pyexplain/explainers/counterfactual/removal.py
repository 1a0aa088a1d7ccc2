"""The smallest set of a user's own features that, taken away whole, takes an item out of the first K of the whole catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ...data.sparse import SparseRows
from ...data.types import Dataset
from ...recommenders.base import LINEAR_USER_SIDE, Recommender
from ..order import Order
from ..standing import standings
from ..types import NO_ITEM
from .removal_questions import smallest_by_questions
from .removal_search import Removal, smallest_removal
from .removal_table import RemovalTable, removal_tables, without_sets

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
BRANCHES, QUESTIONS = 20_000, 600  # of a pair, at most
ROUNDING = 4e-6  # of the largest score: sums of effects and the model's own scores may differ by so much


@dataclass(frozen=True, eq=False)
class Removals:
    """Of n pairs: change [n, P] of f_u, which takes features away whole; reached [n]: with it, the item is not among the first K of
    the whole catalogue, scored again; proved [n]: nothing smaller reaches that, or, where it is not reached, nothing does. What is
    not reached has no change. Proofs hold up to the rounding of scores."""

    change: SparseRows
    reached: Bool
    proved: Bool


def smallest_removals(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    k: int,
    *,
    order: Order | None = None,
    allowed: Bool | None = None,
    branches: int = BRANCHES,
    questions: int = QUESTIONS,
    max_memory: int = 512 * 2**20,
) -> Removals:
    """For pairs (u, i) [n, 2]: the fewest of u's features (of those that may change: allowed [P], data.unsaid) without which i is
    not among the first k of all items that u did not like in training; what was liked stays out, its column taken away or not.

    Where the score is linear in f_u, effects of single removals add up: one table of scores for each user, for all of its pairs,
    and the search of removal_search.py, in at most `branches` branches a pair. Elsewhere the model is asked, about at most
    `questions` sets a pair beside the greedy ones. Ties never take an item out. A pair whose item is outside the first k as it is
    has an empty change and is reached; one whose item the user liked in training is not reached, and nothing is proved of it.
    """
    order = order or Order(recommender, data, max_memory)
    asked = _Asked(order, k, is_linear(recommender, pairs, data.n_features), branches, questions)
    users, place = np.unique(pairs[:, 0], return_inverse=True)
    own = _own(data, users, allowed)
    row_of = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place, minlength=len(users)))[:-1])
    found: list[tuple[int, RemovalTable, Removal]] = []
    at = 0
    for tables in removal_tables(order, users, own, max_memory):
        wanted = [(number, table) for n, table in enumerate(tables, at) for number in row_of[n].tolist()]
        found += asked.solve(pairs, wanted)
        at += len(tables)
    found.sort(key=lambda one: one[0])
    rows = [(number, k) for number, table, one in found for k in table.columns[one.chosen].tolist()]
    row, column = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    gone = SparseRows.from_triples(row, column, np.ones(len(row)), (len(pairs), data.n_features))
    change = SparseRows(gone.offsets, gone.indices, -_values(data, pairs[:, 0], gone), data.n_features)
    reached, proved = (np.array([getattr(one, name) for _, _, one in found], dtype=bool) for name in ("reached", "proved"))
    return Removals(change, reached, proved)


def _own(data: Dataset, users: Int, allowed: Bool | None) -> SparseRows:
    """The features of users [n] that may go."""
    if data.unsaid is not None:
        allowed = ~data.unsaid if allowed is None else allowed & ~data.unsaid
    rows = data.user_features.select(users)
    return rows if allowed is None else rows.where(allowed[rows.indices])


def _values(data: Dataset, users: Int, cells: SparseRows) -> Float:
    """f_u [nnz] of users [n] in the cells of rows [n, P], all of which are stored."""
    rows = data.user_features.select(users)
    known, asked = (r.row_indices() * r.n_columns + r.indices for r in (rows, cells))
    return rows.values[np.searchsorted(known, asked)]


def is_linear(recommender: Recommender, pairs: Int, n_features: int) -> bool:
    """Whether effects of removals add up."""
    if LINEAR_USER_SIDE not in recommender.offers or not len(pairs):
        return False
    user, item = (torch.tensor(indices, device=recommender.device) for indices in pairs[:1].T)
    nothing = SparseRows.empty((1, n_features)).tensors(recommender.device)
    if recommender.linear_slopes(user, item, nothing) is not None:  # nothing of the size of all features is made
        return True
    return recommender.user_side(user, item).linear


@dataclass(frozen=True, eq=False)
class _Asked:
    """Whom to ask, and how much."""

    order: Order
    k: int
    linear: bool
    branches: int
    questions: int

    def solve(self, pairs: Int, wanted: list[tuple[int, RemovalTable]]) -> list[tuple[int, RemovalTable, Removal]]:
        """Of the pairs with these numbers, whose users have these tables. What the model does not confirm is sought again with so
        much slack as rounding may take, and given up where that does not help."""
        items = [int(pairs[number, 1]) for number, _ in wanted]
        found = [self._one(item, table, 0.0) for item, (_, table) in zip(items, wanted, strict=True)]
        wrong = self._not_out(items, wanted, found, range(len(found)))
        for n in wrong:
            found[n] = self._one(items[n], wanted[n][1], ROUNDING * float(np.abs(wanted[n][1].scores).max(initial=0)))
        for n in self._not_out(items, wanted, found, wrong):
            found[n] = Removal(np.zeros_like(found[n].chosen), False, False)
        return [(number, table, one) for (number, table), one in zip(wanted, found, strict=True)]

    def _one(self, item: int, table: RemovalTable, slack: float) -> Removal:
        leads = table.against(item)
        if leads is None:
            liked = item in self.order.data.liked.cells(np.array([table.user]))[1]
            return Removal(np.zeros(len(table.columns), dtype=bool), not liked, not liked)
        if self.linear:
            found = smallest_removal(*leads, self.k, self.branches, slack)
            return found if table.whole or not found.proved or not len(table.columns) else self._unproved(found)
        if np.count_nonzero(leads[0] > 0) >= self.k:
            return Removal(np.zeros(len(table.columns), dtype=bool), True, True)
        return smallest_by_questions(lambda sets: self._leads(item, table, sets), len(table.columns), self.questions)

    @staticmethod
    def _unproved(found: Removal) -> Removal:
        """Of a table without all items: they might get ahead, too, so only sets of one are known to be the smallest."""
        return Removal(found.chosen, found.reached, found.reached and int(found.chosen.sum()) <= 1)

    def _leads(self, item: int, table: RemovalTable, sets: Bool) -> Float:
        """By how much the k-th of the others is ahead of the item [m] with sets [m, S] taken away."""
        if len(table.items) <= self.k:
            return np.full(len(sets), -np.inf, np.float32)
        scores = self.order.scores(np.full(len(sets), table.user), without_sets(self.order, table.user, table.columns, sets))
        own = scores[:, item].copy()
        scores[:, item] = -np.inf
        return np.partition(scores, -self.k, axis=1)[:, -self.k] - own

    def _not_out(
        self, items: list[int], wanted: list[tuple[int, RemovalTable]], found: list[Removal], rows: Iterable[int]
    ) -> list[int]:
        """Which of these rows are said to be out and are not, by the model's scores of the whole catalogue."""
        rows = [n for n in rows if self.linear and found[n].reached and found[n].chosen.any()]
        if not rows:
            return []
        tables = [wanted[n][1] for n in rows]
        sets = [without_sets(self.order, t.user, t.columns, found[n].chosen[None]) for n, t in zip(rows, tables, strict=True)]
        pairs = np.array([(t.user, items[n]) for n, t in zip(rows, tables, strict=True)])
        ahead = standings(self.order, pairs, np.full(len(pairs), NO_ITEM), SparseRows.stacked(sets)).ahead
        return [rows[n] for n in np.flatnonzero(ahead < self.k).tolist()]
