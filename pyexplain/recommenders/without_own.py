"""Who a user was without a training pair: its own review is taken out of the counts and of the item's opinions, its item out of the
history. Otherwise a model learns to see in the features the very review that it is to predict, which no held-out pair lets it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.columns import columns_of
from ..data.counts import columns_of_kind, user_counts
from ..data.kinds import ATTRIBUTE, HISTORY, PERSON
from ..data.people import taste_shares
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from .additive import Columns, Sides


@dataclass(frozen=True, eq=False)
class WithoutOwn:
    """Rows over words, attributes and what people are [W] of triples: see `users` and `items`.

    counts [U, W]: of all training reviews. own_counts, own_sums [m + 1, W]: of the review of each
    training pair, its key user * I + item in keys [m] ascending; the last row is empty. most: where counts are cut off. stays [W]:
    what a user is without the pair, too.
    """

    counts: TensorRows
    sides: Sides
    keys: Tensor
    own_counts: TensorRows
    own_sums: TensorRows
    prior: float
    most: float
    power: float
    stays: Tensor

    @staticmethod
    def of(data: Dataset, columns: Columns, sides: Sides, prior: float, power: float, device: str) -> WithoutOwn:
        """Of the training part; columns on the processor."""
        keys, counts, sums = _own(data)
        own = [columns.parts(rows.tensors())[0].tensors(device) for rows in (user_counts(data), counts, sums)]
        most = data.settings.max_rating
        given = own[0], sides, torch.from_numpy(keys).to(device), own[1], own[2], prior, most, power
        return WithoutOwn(*given, columns.is_person.to(device))

    def users(self, users: Tensor, items: Tensor) -> TensorRows:
        """What users [B] mention and like without their pairs with items [B], [B, W]."""
        rows, own = self.counts.select(users), self.own_counts.select(self._own_row(users, items))
        left = _less(rows, own, rows.values).clamp_(0, self.most)
        left = torch.where(self.stays[rows.indices], rows.values, left) if bool(self.stays.any()) else left
        return SparseRows(rows.offsets, rows.indices, left, rows.n_columns)

    def items(self, users: Tensor, items: Tensor) -> TensorRows:
        """How good items [B] are at what without what users [B] said of them, q [B, W]."""
        chosen = self._own_row(users, items)
        quality, mentions = self.sides.item_words.select(items), self.sides.mentions.select(items)
        totals = quality.values * (mentions.values + self.prior)
        sums, left = (
            _less(quality, own.select(chosen), whole)
            for own, whole in ((self.own_sums, totals), (self.own_counts, mentions.values))
        )
        values = torch.where(mentions.values > 0, sums / (left.clamp(min=0) + max(self.prior, 1e-6)), quality.values)
        return SparseRows(quality.offsets, quality.indices, values, quality.n_columns)

    def history(self, users: Tensor, items: Tensor) -> TensorRows:
        """The history of users [B] without items [B], each entry 1 over what is left of its length to the power alpha, [B, I]."""
        rows = self.sides.user_history.select(users)
        kept = rows.where(rows.indices != items[rows.row_indices()])
        counts = kept.counts
        scale = counts.clamp(min=1).to(kept.values.dtype) ** -self.power
        return SparseRows(kept.offsets, kept.indices, kept.values * scale[kept.row_indices()], kept.n_columns)

    def _own_row(self, users: Tensor, items: Tensor) -> Tensor:
        nothing = len(self.keys)
        if nothing == 0:
            return torch.zeros_like(users)
        keys = users * self.sides.item_words.n_rows + items
        at = torch.searchsorted(self.keys, keys).clamp_(max=nothing - 1)
        return torch.where(self.keys[at] == keys, at, nothing)


@dataclass(frozen=True, eq=False)
class LeftRows:
    """What users hold without a training pair, over all features [P]: its review out of the counts, the attributes of its item, and
    the item itself out of the history. counts [U, P]; keys, own as of WithoutOwn; most: where counts are cut off."""

    counts: TensorRows
    keys: Tensor
    own: TensorRows
    n_items: int
    most: float

    @staticmethod
    def of(data: Dataset, device: str) -> LeftRows:
        """Of the training part."""
        keys, counts, _ = _own(data)
        counts = counts.where(~columns_of_kind(data, PERSON)[counts.indices])  # what a user is stays
        past = np.flatnonzero(columns_of_kind(data, HISTORY))
        if len(past):
            liked = SparseRows.from_triples(np.arange(len(keys)), past[keys % data.n_items], np.ones(len(keys)), counts.shape)
            rows, columns, values = (
                np.concatenate([getattr(part, name) if name != "row" else part.row_indices() for part in (counts, liked)])
                for name in ("row", "indices", "values")
            )
            counts = SparseRows.from_triples(rows, columns, values, counts.shape)
        given = user_counts(data).tensors(device), torch.from_numpy(keys).to(device), counts.tensors(device)
        return LeftRows(*given, data.n_items, data.settings.max_rating)

    def rows(self, users: Tensor, items: Tensor) -> TensorRows:
        """[B, P] of users [B] without their pairs with items [B]."""
        rows, nothing = self.counts.select(users), len(self.keys)
        keys = users * self.n_items + items
        at = torch.searchsorted(self.keys, keys).clamp_(max=max(0, nothing - 1))
        own = torch.where(self.keys[at] == keys, at, nothing) if nothing else torch.zeros_like(users)
        left = _less(rows, self.own.select(own), rows.values).clamp_(0, self.most)
        return SparseRows(rows.offsets, rows.indices, left, rows.n_columns).where(left > 0)


def _less(rows: TensorRows, own: TensorRows, values: Tensor) -> Tensor:
    """values [nnz] of rows less those of own, in the cells of rows; what own stores elsewhere is left out."""
    values = values.clone()
    if len(own.indices) == 0 or len(rows.indices) == 0:
        return values
    keys, cells = (r.row_indices() * rows.n_columns + r.indices for r in (rows, own))
    at = torch.searchsorted(keys, cells).clamp_(max=len(keys) - 1)
    there = keys[at] == cells
    values[at[there]] -= own.values[there]
    return values


def _own(data: Dataset) -> tuple[np.ndarray, SparseRows, SparseRows]:
    """Keys [m] of the training pairs, and of each how often its review mentions a word (1 for each attribute of the item) and the
    sum of its sentiments, [m + 1, P]."""
    keys = np.unique(data.train[:, 0] * data.n_items + data.train[:, 1])
    frame, shape = data.evidence, (len(keys) + 1, data.n_features)
    cell = frame["user"].to_numpy(dtype=np.int64) * data.n_items + frame["item"].to_numpy(dtype=np.int64)
    row = np.minimum(np.searchsorted(keys, cell), max(0, len(keys) - 1))
    liked = keys[row] == cell if len(keys) else np.zeros(0, dtype=bool)
    cells = row[liked] * data.n_features + frame["feature"].to_numpy(dtype=np.int64)[liked]
    found, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    sums = np.bincount(inverse.ravel(), weights=frame["sentiment"].to_numpy(dtype=np.float64)[liked], minlength=len(found))
    attributes = data.item_features.where(columns_of_kind(data, ATTRIBUTE)[data.item_features.indices]).select(keys % data.n_items)
    once = np.ones(len(attributes.indices))
    row, column, taste = _own_tastes(data, keys)
    rows = np.concatenate([found // max(1, data.n_features), attributes.row_indices(), row])
    columns = np.concatenate([found % max(1, data.n_features), attributes.indices, column])
    values = np.concatenate([counts, once, np.ones(len(taste))]), np.concatenate([sums, once, taste])
    made = (SparseRows.from_triples(rows, columns, value, shape) for value in values)
    return keys, *made  # type: ignore[return-value]


def _own_tastes(data: Dataset, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each pair, what it adds to how much more often than expected its item is liked by people of each sort (people.py)."""
    at = data.features.of_kind(PERSON)
    if not len(at):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    has = columns_of(data.user_features, at)
    expected = taste_shares(data.train, has)
    taste = has.select(keys // data.n_items).dense() - expected[None]
    row, column = np.divmod(np.arange(taste.size), len(at))
    return row, at[column], taste.ravel()
