"""Somebody with something changed: items struck from their history or put into it, words and attributes that weigh otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ..data.counts import columns_of_kind, user_counts
from ..data.kinds import ATTRIBUTE, HISTORY, PERSON, WORD
from ..data.settings import user_strength
from ..data.sparse import SparseRows
from ..data.totals import MentionTotals
from ..data.types import Dataset

Int = npt.NDArray[np.int64]
Amounts = dict[int, float]  # features and how often, 0 = no longer


@dataclass(frozen=True)
class Change:
    """struck, liked: ids of items out of the history, and into it. words: how often each is mentioned; attributes: how many liked
    items have each; 0 = it is taken away. What is not named stays, but that attributes follow the liked items."""

    struck: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    words: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, float] = field(default_factory=dict)

    @property
    def of_likes(self) -> bool:
        """Whether the history is another one."""
        return bool(self.struck or self.liked)


def amounts(data: Dataset, user: int) -> Amounts:
    """How often the user mentions each word, and how many liked items have each attribute; those that may be said."""
    columns, values = user_counts(data, np.array([user])).row(0)
    counts = zip(columns.tolist(), values.tolist(), strict=True)
    said = {k: n for k, n in counts if data.features.kind_of(k) != HISTORY}
    return {k: n for k, n in said.items() if data.unsaid is None or not data.unsaid[k]}


def changed(data: Dataset, user: int, change: Change) -> Dataset:
    """The data set in which the user is who they are with the change. DataError for names that there are not."""
    items = data.items
    likes = set(data.train[data.train[:, 0] == user, 1].tolist())
    now = (likes - {items.index(name) for name in change.struck}) | {items.index(name) for name in change.liked}
    said = _named(data, change.words, WORD) | _named(data, change.attributes, ATTRIBUTE)
    columns, values = data.user_features.row(user)
    row = dict(zip(columns.tolist(), values.tolist(), strict=True))
    if now != likes:
        row = {k: v for k, v in row.items() if data.features.kind_of(k) in (WORD, PERSON)} | _of_likes(data, now)
    row = {k: v for k, v in (row | {k: _value(data, k, n) for k, n in said.items()}).items() if v or k not in said}
    mentions = data.user_mentions
    return replace(
        data,
        train=data.train if now == likes else _liking(data.train, user, now),
        user_features=_with_row(data.user_features, user, row),
        user_mentions=None if mentions is None else _mentioning(mentions, user, _named(data, change.words, WORD)),
        stored=data.source,
    )


def _named(data: Dataset, given: Mapping[str, float], kind: str) -> Amounts:
    return {data.features.index(name, kind): float(amount) for name, amount in given.items()}


def _value(data: Dataset, feature: int, amount: float) -> float:
    """f_u of what is mentioned so often; 0 where it is not."""
    if amount <= 0:
        return 0.0
    if data.counted:
        return min(amount, data.settings.max_rating)
    less = data.settings.unmentioned_value("user") if data.features.kind_of(feature) == WORD else 0.0
    return float(user_strength(amount, data.settings.max_rating)) - less


def _of_likes(data: Dataset, likes: set[int]) -> dict[int, float]:
    """f_u of the attributes and of the history, where these items are liked."""
    having = data.item_features.select(np.array(sorted(likes), dtype=np.int64))
    found, counts = np.unique(having.indices[columns_of_kind(data, ATTRIBUTE)[having.indices]], return_counts=True)
    row = {int(k): _value(data, int(k), float(n)) for k, n in zip(found, counts, strict=True)}
    history = data.features.of_kind(HISTORY)
    return row | ({int(history[item]): 1.0 for item in likes} if len(history) else {})


def _liking(train: Int, user: int, likes: set[int]) -> Int:
    own = np.array([(user, item) for item in sorted(likes)], dtype=np.int64).reshape(-1, 2)
    return np.concatenate([train[train[:, 0] != user], own])


def _mentioning(totals: MentionTotals, user: int, words: Amounts) -> MentionTotals:
    """Rounded up to whole mentions; their mean sentiment is as it was, 0 where there were none."""
    (columns, counts), sums = totals.counts.row(user), totals.sums.row(user)[1]
    mean = {int(k): float(s / n) for k, n, s in zip(columns, counts, sums, strict=True)}
    row = dict(zip(columns.tolist(), counts.tolist(), strict=True)) | {k: float(np.ceil(n)) for k, n in words.items()}
    summed = dict(zip(columns.tolist(), sums.tolist(), strict=True)) | {k: row[k] * mean.get(k, 0.0) for k in words}
    # the cells of both are those that are mentioned: a sum may be 0 where a count is not
    there = {k for k, n in row.items() if n}
    return MentionTotals(
        _with_row(totals.counts, user, {k: row[k] for k in there}), _with_row(totals.sums, user, {k: summed[k] for k in there})
    )


def _with_row(rows: SparseRows, number: int, values: Mapping[int, float]) -> SparseRows:
    """The rows with another one in the place of one of them."""
    columns = np.array(sorted(values), dtype=np.int64)
    kept = np.array([values[k] for k in columns.tolist()], dtype=np.float32)
    start, stop = int(rows.offsets[number]), int(rows.offsets[number + 1])
    offsets = rows.offsets.copy()
    offsets[number + 1 :] += len(columns) - (stop - start)
    indices, entries = (
        np.concatenate([old[:start], new, old[stop:]]) for old, new in ((rows.indices, columns), (rows.values, kept))
    )
    return SparseRows(offsets, indices, entries, rows.n_columns)
