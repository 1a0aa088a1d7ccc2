"""Which columns a view of a data set has: those of the chosen kinds alone, history made of the training pairs where it is one.

What a view says of a user comes from training pairs and training reviews alone: words and attributes as they are kept, and a column
for each item, in which stand a user's likes of the training part. Nothing of it is dense: 10^6 columns cost as much as the likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from .columns import beside, columns_of
from .kinds import ATTRIBUTE, HISTORY, chosen_kinds
from .liked import LikedItems
from .sparse import SparseRows
from .totals import MentionTotals, with_pattern
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]


def available_kinds(kept: Sequence[str]) -> tuple[str, ...]:
    """The kinds that a data set which keeps these can be seen through: history is made of its training pairs."""
    return tuple(kept) if HISTORY in kept else (*kept, HISTORY)


def usual_kinds(kept: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
    """Which of its usual kinds a method uses of a data set that keeps these; where it keeps none of them, attributes, else
    history."""
    found = tuple(kind for kind in usual if kind in available_kinds(kept))
    return found or ((ATTRIBUTE,) if ATTRIBUTE in kept else (HISTORY,))


def history_rows(liked: LikedItems, n_items: int) -> tuple[SparseRows, SparseRows]:
    """Of users [U, I] and of items [I, I]: 1 where the user liked the item in training; each item its own column."""
    items = np.arange(n_items + 1, dtype=np.int64)
    users = SparseRows(liked.offsets, liked.items, np.ones(len(liked.items), np.float32), n_items)
    return users, SparseRows(items, items[:-1], np.ones(n_items, np.float32), n_items)


@dataclass(frozen=True, eq=False)
class ColumnChoice:
    """The columns of a view. kinds: in the order of the view; features, items: the vocabularies of the data set."""

    kinds: tuple[str, ...]
    features: Vocabulary
    items: Vocabulary

    @staticmethod
    def of(kinds: Iterable[str], kept: Sequence[str], features: Vocabulary, items: Vocabulary) -> ColumnChoice:
        """UsageError for what is no kind, DataError for one of which there is no feature; kept: the kinds of the features."""
        wanted, there = chosen_kinds(kinds), available_kinds(kept)
        if missing := [kind for kind in wanted if kind not in there]:
            raise DataError(f"the data set has no feature of the kind {missing[0]!r}", hint=f"It has: {', '.join(there)}.")
        return ColumnChoice(wanted, features, items)

    @cached_property
    def indices(self) -> dict[str, Int | None]:
        """The features of each kind, ascending; None for history that is to be made."""
        found = {kind: self.features.of_kind(kind) for kind in self.kinds}
        return {kind: None if kind == HISTORY and not len(at) else at for kind, at in found.items()}

    def names(self) -> Vocabulary:
        """The features of the view; history goes by the ids of items, with their titles."""
        parts = self.indices.items()
        return Vocabulary.of_kinds([(kind, self.items if at is None else self.features.select(at)) for kind, at in parts])

    def rows(self, rows: SparseRows, history: SparseRows) -> SparseRows:
        """Rows of the data set as the view has them."""
        return beside([history if at is None else columns_of(rows, at) for at in self.indices.values()])

    def totals(self, of: MentionTotals | None) -> MentionTotals | None:
        """Totals of mentions; none of history."""
        if of is None:
            return None
        none = SparseRows.empty((of.shape[0], len(self.items)))
        counts, sums = self.rows(of.counts, none), self.rows(of.sums, none)
        return MentionTotals(counts, with_pattern(sums, counts))

    def mentions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The mentions of features that the view has, with their numbers there."""
        moved, begin = np.full(len(self.features), -1, dtype=np.int64), 0
        for at in self.indices.values():
            if at is not None:
                moved[at] = begin + np.arange(len(at))
            begin += len(self.items if at is None else at)
        if np.array_equal(moved, np.arange(len(moved))):
            return frame
        feature = moved[frame["feature"].to_numpy(dtype=np.int64)]
        left: pd.DataFrame = frame[feature >= 0].reset_index(drop=True)
        return left.assign(feature=feature[feature >= 0])
