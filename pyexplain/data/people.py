"""Attributes of people as features: somebody has one or has it not; an item, by how much more often those who have it like it.

They are learned from where somebody names them (`data prepare --user-attributes`), and are never a reason: unsaid.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .attributes import attributes_of, with_attributes
from .columns import beside, columns_of
from .kind_views import ColumnChoice
from .kinds import ATTRIBUTE, PERSON
from .sparse import SparseRows
from .totals import MentionTotals
from .types import Dataset
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
PRIOR = 1.0  # likes by people as they are on the whole, beside those of an item


def with_people(data: Dataset, names: Sequence[str], has: SparseRows) -> Dataset:
    """The stored data set with these attributes of its people in place of those that it has. has [U, A]: 1 where somebody has it.

    An item's value is `sums / (counts + PRIOR)`, of the totals that `tastes_of` gives of the training pairs; item_mentions keeps
    them. DataError where the data set has no totals of mentions.
    """
    bare = without_people(data)
    if bare.user_mentions is None or bare.item_mentions is None:
        hint = "Prepare it from reviews, mentions or interactions."
        raise DataError(
            "it has no totals of mentions, beside which those of people's attributes are kept", where=data.name, hint=hint
        )
    tastes = tastes_of(bare.train, has, bare.n_items)
    counts, sums = tastes.counts, tastes.sums
    value = SparseRows(counts.offsets, counts.indices, sums.values / (counts.values + np.float32(PRIOR)), len(names))
    parts = [(kind, bare.features.select(bare.features.of_kind(kind))) for kind in bare.kinds]
    return replace(
        bare,
        features=Vocabulary.of_kinds([*parts, (PERSON, Vocabulary(names, "feature"))]),
        user_features=beside([bare.user_features, has]),
        item_features=beside([bare.item_features, value]),
        user_mentions=_beside(bare.user_mentions, MentionTotals(has, has)),
        item_mentions=_beside(bare.item_mentions, tastes),
    )


def tastes_of(train: Int, has: SparseRows, n_items: int) -> MentionTotals:
    """Of items and attributes of people [I, A], from training pairs [n, 2]: how often each item is liked (counts), and how much
    more often than one would expect by those who have the attribute (sums): likes by them, less all likes times their share of
    all pairs. Items that nobody likes have none."""
    shares = taste_shares(train, has)
    likes = np.bincount(train[:, 1], minlength=n_items)
    known = np.flatnonzero(likes)
    of_pairs = has.select(train[:, 0])
    by_them = np.zeros((n_items, has.n_columns))
    np.add.at(by_them, (train[of_pairs.row_indices(), 1], of_pairs.indices), 1)
    row, column = np.repeat(known, has.n_columns), np.tile(np.arange(has.n_columns), len(known))
    more = by_them[row, column] - likes[row] * shares[column]
    shape = (n_items, has.n_columns)
    counts = SparseRows.from_triples(row, column, likes[row].astype(np.float32), shape)
    return MentionTotals(counts, SparseRows(counts.offsets, counts.indices, more.astype(np.float32), has.n_columns))


def taste_shares(train: Int, has: SparseRows) -> npt.NDArray[np.float64]:
    """The share of training pairs [n, 2] that are of people who have each attribute [A]."""
    of_pairs = np.bincount(train[:, 0], minlength=has.n_rows)[has.row_indices()]
    found: npt.NDArray[np.float64] = np.bincount(has.indices, weights=of_pairs, minlength=has.n_columns) / max(1, len(train))
    return found


def without_people(data: Dataset) -> Dataset:
    """The stored data set without attributes of people."""
    source = data.source
    kinds = tuple(kind for kind in source.kinds if kind != PERSON)
    if kinds == source.kinds:
        return source
    unused = SparseRows.empty((0, 0))
    choice = ColumnChoice(kinds, source.features, source.items)
    return replace(
        source,
        features=choice.names() if kinds else Vocabulary([], "feature"),
        user_features=choice.rows(source.user_features, unused) if kinds else SparseRows.empty((source.n_users, 0)),
        item_features=choice.rows(source.item_features, unused) if kinds else SparseRows.empty((source.n_items, 0)),
        evidence=choice.mentions(source.evidence),
        heldout=choice.mentions(source.heldout),
        user_mentions=choice.totals(source.user_mentions) if kinds else None,
        item_mentions=choice.totals(source.item_mentions) if kinds else None,
    )


def people_of(data: Dataset) -> tuple[list[str], SparseRows]:
    """The names of a data set's attributes of people, and who has which [U, A]."""
    at = data.features.of_kind(PERSON)
    return [data.features[number] for number in at], columns_of(data.user_features, at)


def made_again(data: Dataset, before: Dataset) -> Dataset:
    """The stored data set with the attributes, of items and of people, that it had `before`, made of its training pairs."""
    data = with_attributes(data, *attributes_of(before)) if ATTRIBUTE in before.kinds else data
    return with_people(data, *people_of(before)) if PERSON in before.kinds else data


def _beside(of: MentionTotals, more: MentionTotals) -> MentionTotals:
    return MentionTotals(beside([of.counts, more.counts]), beside([of.sums, more.sums]))
