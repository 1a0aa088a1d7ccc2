"""Users by how often: mentions of a word, liked items with an attribute, in place of eq. (1)'s values, which saturate at the third.

A score that is a sum over features wants the counts: what a user mentions five times weighs five times as much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .kinds import ATTRIBUTE, HISTORY, PERSON, WORD
from .never import with_never
from .sparse import SparseRows
from .types import Dataset

Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]


def columns_of_kind(data: Dataset, kind: str) -> Bool:
    """Which features [P] are of this kind."""
    at = np.zeros(data.n_features, dtype=bool)
    at[data.features.of_kind(kind)] = True
    return at


def user_counts(data: Dataset, users: Int | None = None) -> SparseRows:
    """How often [U, P], from training alone: users mention each word, or like an item that has the attribute; 1 for what stands
    in the history, and for what users are. users [n]: of these alone, [n, P].

    Where a data set has eq. (1)'s values of words alone, the counts that they come from, rounded. Counts are not bounded.
    """
    chosen = np.arange(data.n_users) if users is None else users
    as_they_are = columns_of_kind(data, HISTORY) | columns_of_kind(data, PERSON)
    parts = [_words(data, chosen), _attributes(data, chosen), _kept(data.user_features.select(chosen), as_they_are)]
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return SparseRows.from_triples(rows, columns, values, (len(chosen), data.n_features))


def with_counts(data: Dataset) -> Dataset:
    """A view whose users hold counts up to T = max_rating, the top of every feature's scale, in place of eq. (1)'s values."""
    counts = user_counts(data)
    values = np.minimum(counts.values, np.float32(data.settings.max_rating))
    rows = SparseRows(counts.offsets, counts.indices, values, counts.n_columns)
    return replace(data, user_features=rows, stored=data.source, counted=True)


def seen_by(data: Dataset, kinds: Iterable[str] | None, counts: bool, never: Iterable[str] = ()) -> Dataset:
    """The data set through these kinds (None: as it is), with counts where a recommender asks for them, and without a word of the
    features that `never` names (unsaid.py)."""
    view = with_never(data if kinds is None else data.with_kinds(kinds), never)
    return with_counts(view) if counts else view


Triples = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]


def _kept(rows: SparseRows, columns: Bool) -> Triples:
    kept = rows.where(columns[rows.indices])
    return kept.row_indices(), kept.indices, kept.values


def _words(data: Dataset, users: Int) -> Triples:
    words = columns_of_kind(data, WORD)
    if data.user_mentions is not None:
        return _kept(data.user_mentions.counts.select(users), words)
    row, column, values = _kept(data.user_features.select(users), words)
    share = np.clip((values.astype(np.float64) - 1) / (data.settings.max_rating - 1), 0, 1 - 1e-6)
    counts = np.rint(2 * np.arctanh(share)).astype(np.float32)
    there = counts > 0
    return row[there], column[there], counts[there]


def _attributes(data: Dataset, users: Int) -> Triples:
    """One for each liked item that has it, added up."""
    columns = columns_of_kind(data, ATTRIBUTE)
    has = data.item_features.where(columns[data.item_features.indices])
    owner, items = data.liked.cells(users)
    of_liked = has.select(items)
    cells = owner[of_liked.row_indices()] * data.n_features + of_liked.indices
    found, counts = np.unique(cells, return_counts=True)
    return found // max(1, data.n_features), found % max(1, data.n_features), counts.astype(np.float32)
