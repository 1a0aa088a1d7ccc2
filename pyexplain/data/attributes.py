"""Attributes of items as features: an item has one or has it not; of a user, eq. (1) left on how many of the items that the user
liked in training have it. What users liked in held-out parts is not counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .columns import beside, columns_of
from .kind_views import ColumnChoice
from .kinds import ATTRIBUTE, WORD
from .liked import LikedItems
from .settings import user_strength
from .sparse import SparseRows
from .totals import MentionTotals, with_pattern
from .types import Dataset
from .vocabulary import Vocabulary


def with_attributes(data: Dataset, names: Sequence[str], has: SparseRows) -> Dataset:
    """The stored data set with these attributes in place of those that it has. has [I, A]: 1 where an item has it.

    Totals of mentions count attributes too: of users how many liked items have it, of items 1.
    """
    bare = without_attributes(data)
    counts = count_liked(bare.liked, has)
    strength = SparseRows(counts.offsets, counts.indices, user_strength(counts.values, data.settings.max_rating), len(names))
    own = Vocabulary(names, "feature")
    return replace(
        bare,
        features=Vocabulary.of_kinds([(WORD, bare.features), (ATTRIBUTE, own)]),
        user_features=beside([bare.user_features, strength]),
        item_features=beside([bare.item_features, has]),
        user_mentions=_totals(bare.user_mentions, counts),
        item_mentions=_totals(bare.item_mentions, has),
    )


def _totals(of: MentionTotals | None, rows: SparseRows) -> MentionTotals | None:
    if of is None:
        return None
    counts, sums = beside([of.counts, rows]), beside([of.sums, rows])
    return MentionTotals(counts, with_pattern(sums, counts))


def without_attributes(data: Dataset) -> Dataset:
    """The stored data set with its words alone."""
    source = data.source
    if not set(source.kinds) - {WORD}:
        return source
    words = ColumnChoice((WORD,), source.features, source.items)
    unused = SparseRows.empty((0, 0))
    return replace(
        source,
        features=words.names(),
        user_features=words.rows(source.user_features, unused),
        item_features=words.rows(source.item_features, unused),
        evidence=words.mentions(source.evidence),
        heldout=words.mentions(source.heldout),
        user_mentions=words.totals(source.user_mentions),
        item_mentions=words.totals(source.item_mentions),
    )


def attributes_of(data: Dataset) -> tuple[list[str], SparseRows]:
    """The names of a data set's attributes, and which item has which [I, A]."""
    at = data.features.of_kind(ATTRIBUTE)
    return [data.features[number] for number in at], columns_of(data.item_features, at)


def count_liked(liked: LikedItems, has: SparseRows) -> SparseRows:
    """How many of the items that each user liked have each attribute, [U, A]."""
    users = np.repeat(np.arange(len(liked.offsets) - 1), np.diff(liked.offsets))
    of_pairs = has.select(liked.items)
    cells, counts = np.unique(users[of_pairs.row_indices()] * has.n_columns + of_pairs.indices, return_counts=True)
    row, column = np.divmod(cells, max(1, has.n_columns))
    return SparseRows.from_triples(row, column, counts, (len(liked.offsets) - 1, has.n_columns))
