"""Asking the recommender again with changed features: margins between the shown item and the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..explainers.types import Explanations
from ..margin.margin import difference
from .base import MetricInput, Scores

Int = npt.NDArray[np.int64]
Single = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Asked:
    """Rows [n] of the explanations for which "why i, not j?" is a question: j is known, and i has the higher score.

    rows: their numbers. users, items, others [n]. lead [n]: score of i less score of j, above 0. profile [n, P]: f_u, or f_i
    where the explanation speaks of the item. side: "user" or "item".
    """

    rows: Int
    users: Int
    items: Int
    others: Int
    lead: Single
    profile: SparseRows
    side: str

    def margins(self, scores: Scores, rows: Int, profile: SparseRows) -> Single:
        """Score of i less score of j for the questions `rows` [m] with their profiles replaced by [m, P]."""
        users, items, others = self.users[rows], self.items[rows], self.others[rows]
        found: Single = difference(scores, users, items, others, profile, self.side)
        return found


def find_asked(given: MetricInput) -> Asked:
    """The questions among the given explanations. Which these are depends on the recommender and the pairs alone."""
    explained = given.explanations
    assert explained is not None
    assert explained.against is not None
    assert given.scores is not None
    known = np.flatnonzero((explained.items >= 0) & (explained.against >= 0))
    users, items, others = explained.users[known], explained.items[known], explained.against[known]
    lead: Single = difference(given.scores, users, items, others)
    able = lead > 0
    users, items, others = users[able], items[able], others[able]
    return Asked(known[able], users, items, others, lead[able], profiles(given, explained, known[able]), explained.side)


def profiles(given: MetricInput, explained: Explanations, rows: Int) -> SparseRows:
    """The feature rows that the explanations `rows` speak of, [n, P]."""
    if explained.side == "user":
        return given.data.user_features.select(explained.users[rows])
    return given.data.item_features.select(explained.items[rows])


@dataclass(frozen=True, eq=False)
class Changed:
    """Profiles and changes on one common support: before and after are rows with the same cells, [n, P]."""

    before: SparseRows
    after: SparseRows

    @property
    def difference(self) -> npt.NDArray[np.float64]:
        """The change of each cell [nnz]."""
        return self.after.values.astype(np.float64) - self.before.values

    def per_row(self, cells: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Sums of a number a cell [nnz], by row [n]."""
        sums = np.bincount(self.after.row_indices(), weights=cells.astype(np.float64), minlength=self.after.n_rows)
        return sums.astype(np.float64)


def join(profile: SparseRows, change: SparseRows) -> Changed:
    """Profiles [n, P] with their changes [n, P] added."""
    width = profile.n_columns
    cells = [rows.row_indices() * width + rows.indices for rows in (profile, change)]
    support = np.union1d(*cells)
    values = np.zeros((2, len(support)), dtype=np.float32)
    for number, rows in enumerate((profile, change)):
        values[number, np.searchsorted(support, cells[number])] = rows.values
    offsets = np.searchsorted(support // width, np.arange(profile.n_rows + 1)).astype(np.int64)
    columns = support % width
    before = SparseRows(offsets, columns, values[0], width)
    return Changed(before, SparseRows(offsets, columns, values[0] + values[1], width))


def expand(rows: SparseRows, wanted: Int) -> tuple[SparseRows, Int]:
    """rows.select(wanted), and for each of its cells the number of the cell in `rows`."""
    cells = SparseRows(rows.offsets, rows.indices, np.zeros(len(rows.indices), np.float32), rows.n_columns)
    chosen = cells.select(wanted)
    counts = np.diff(chosen.offsets)
    source = np.arange(len(chosen.indices)) + np.repeat(rows.offsets[:-1][wanted] - chosen.offsets[:-1], counts)
    return chosen, source


def some_rows(n: int, most: int, seed: int) -> Int:
    """All row numbers 0..n-1, or `most` of them drawn from the seed; ascending."""
    if n <= most:
        return np.arange(n, dtype=np.int64)
    return np.sort(np.random.default_rng([seed, 41]).choice(n, most, replace=False))
