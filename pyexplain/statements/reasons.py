"""Reason: the user cares about a feature, the item has it (of words: is praised for it), and it helps to put the item in front; or
the user liked an item, and that helps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..data.kinds import HISTORY, WORD
from ..data.sparse import SparseRows
from ..data.types import Dataset
from .added import Added
from .asking import Asker, Bool, Float, Int, is_above
from .contrast import Leads
from .evidence import EvidenceIndex, Sizes
from .pieces import numbered
from .questions import Questions

MOST_ASKED = 6  # features of a pair for which the model is asked again without them; those that contribute most


class Cells(NamedTuple):
    """(question, feature) pairs [m], by question."""

    row: Int
    feature: Int

    def kept(self, where: Bool) -> Cells:
        """The marked ones."""
        return Cells(self.row[where], self.feature[where])


@dataclass(frozen=True, eq=False)
class Reasons:
    """The reasons of n questions: cells [m], by question and falling contribution; contribution [m] in score units; sizes: what the
    item's reviews say. offsets [n + 1]: which belong to whom."""

    cells: Cells
    contribution: Float
    sizes: Sizes
    offsets: Int

    def of(self, question: int) -> list[tuple[int, int, int, int]]:
        """Of each of a question's reasons: the feature, and how many of the item's reviews praise it, complain about it and mention
        it at all."""
        return self._told[int(self.offsets[question]) : int(self.offsets[question + 1])]

    @cached_property
    def _told(self) -> list[tuple[int, int, int, int]]:
        return list(zip(*(column.tolist() for column in (self.cells.feature, *self.sizes[:3])), strict=True))


def shared(data: Dataset, users: Int, items: Int) -> Cells:
    """The features that a user cares about and an item has, for each of n pairs, and the items that the user liked: of history no
    item has more than its own column."""
    mine = data.user_features.select(users)
    row, feature = mine.row_indices(), mine.indices
    there = data.features.are(HISTORY)[feature]
    other = np.flatnonzero(~there)
    distinct, place = numbered(items, data.n_items)
    rows = data.item_features.select(distinct)
    has = rows.row_indices() * data.n_features + rows.indices  # ascending
    if len(has):
        wanted = place[row[other]] * data.n_features + feature[other]
        at = np.minimum(np.searchsorted(has, wanted), len(has) - 1)
        there[other] = (has[at] == wanted) & (rows.values[at] > 0)
    return Cells(row, feature).kept(there & (mine.values > 0))


def find_reasons(asker: Asker, data: Dataset, index: EvidenceIndex, questions: Questions, ahead: Leads, added: Added) -> Reasons:
    """The reasons of the questions in which the item in front is in front.

    A feature is one if f_u and f_i of it are above 0 (of history: f_u), the item's training reviews praise it, if it is a word (a
    mean sentiment above 0, and more reviews that praise it than complain), its contribution to the margin is positive, and the
    margin falls when it is taken away from f_u; both by more than rounding.
    """
    cells = shared(data, questions.users, questions.front)
    sizes = index.size(questions.front[cells.row], cells.feature)
    praised = (sizes.sentiment > 0) & (sizes.praise > sizes.complain)
    sayable = np.ones(len(cells.row), dtype=bool) if data.unsaid is None else ~data.unsaid[cells.feature]
    cells = cells.kept(ahead.holds[cells.row] & sayable & (praised | ~data.features.are(WORD)[cells.feature]))
    contribution = added.at(cells.row, cells.feature)
    front = ahead.front[cells.row]
    adds = is_above(front + contribution, front)
    cells, contribution = cells.kept(adds), contribution[adds]
    kept = _largest(cells, contribution)
    cells, contribution = Cells(cells.row[kept], cells.feature[kept]), contribution[kept]
    falls = falls_without(asker, data, questions, cells, ahead.margin[cells.row])
    cells, contribution = cells.kept(falls), contribution[falls]
    counts = np.bincount(cells.row, minlength=len(questions))
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Reasons(cells, contribution, index.size(questions.front[cells.row], cells.feature), offsets)


def _largest(cells: Cells, contribution: Float) -> Int:
    """The numbers of the cells that contribute most of each question, falling; of equal ones the first, as cells are in the order
    of their features."""
    order = np.lexsort((-contribution, cells.row))
    rows = cells.row[order]
    rank = np.arange(len(order)) - np.searchsorted(rows, rows)
    return order[rank < MOST_ASKED]


def falls_without(asker: Asker, data: Dataset, questions: Questions, cells: Cells, now: Float) -> Bool:
    """Whether the margin, now [m], falls by more than rounding when the feature of each cell [m] is taken out of f_u."""
    users, front, back = questions.users[cells.row], questions.front[cells.row], questions.back[cells.row]
    without = taken_out(data.user_features.select(users), cells.feature)
    then_front, then_back = asker.both(users, front, back, without)
    return is_above(now + then_back, then_front)  # now > then_front - then_back, with the rounding of the scores themselves


def taken_out(rows: SparseRows, features: Int) -> SparseRows:
    """Each row [m, P] without the one feature of features [m]."""
    return rows.where(rows.indices != features[rows.row_indices()])
