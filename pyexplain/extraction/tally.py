"""What extraction found, counted block by block: how often, turned or not, on which side, and the shortest sentence of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from ..data.said import Block, SaidInReviews
from .lexicon import Lexicon

Key = tuple[str, str]


class Shortest(NamedTuple):
    """The best sentence of a group so far, the smallest: where the word is turned comes last, then the shorter comes first, then
    the first in the alphabet."""

    turned: bool
    length: int
    sentence: str


class Tally:
    """Counts of mentions: of a feature [all, good, bad], and of a pair (feature, opinion) [all, turned]; `reviews` that have one.

    examples: of a feature, the shortest sentence of all, with the number of the mention that it is first in; in_context: of a pair.
    The same whatever the order of the mentions, but for those numbers.
    """

    def __init__(self, said: SaidInReviews, lexicon: Lexicon) -> None:
        self.features: dict[str, npt.NDArray[np.int64]] = {}
        self.pairs: dict[Key, npt.NDArray[np.int64]] = {}
        self.examples: dict[str, tuple[Shortest, int]] = {}
        self.in_context: dict[Key, Shortest] = {}
        self._polarity = {key: pair.polarity for key, pair in lexicon.pairs.items()}
        self._said = said.features, said.opinions
        self._covered = np.zeros(0, np.bool_)
        self.mentions = 0
        for block in said.blocks():
            self._add(block)

    @property
    def reviews(self) -> int:
        """Reviews with at least one mention."""
        return int(self._covered.sum())

    def _add(self, block: Block) -> None:
        features, opinions = self._said
        pair, of = np.unique(block.feature.astype(np.int64) * len(opinions) + block.opinion, return_inverse=True)
        keys = [(features[key // len(opinions)], opinions[key % len(opinions)]) for key in pair.tolist()]
        learned = np.array([self._polarity.get(key, 0.0) for key in keys])
        turned = block.sentiment * learned[of] < 0
        _count(self.pairs, keys, np.bincount(of), np.bincount(of, turned))
        self._count_features(block)
        self._cover(block.row)
        self._look(block, of, keys, turned)
        self.mentions += len(block.row)

    def _count_features(self, block: Block) -> None:
        counts = (np.bincount(block.feature, marks) for marks in (None, block.sentiment > 0, block.sentiment < 0))
        names = self._said[0][: int(block.feature.max()) + 1]
        table = np.stack([count.astype(np.int64) for count in counts], axis=1)
        _count(self.features, [name for name, row in zip(names, table, strict=True) if row[0]], *table[table[:, 0] > 0].T)

    def _cover(self, row: npt.NDArray[np.int32]) -> None:
        wanted = int(row.max()) + 1
        if wanted > len(self._covered):
            self._covered = np.pad(self._covered, (0, max(wanted, 2 * len(self._covered)) - len(self._covered)))
        self._covered[row] = True

    def _look(self, block: Block, of: npt.NDArray[np.int64], keys: list[Key], turned: npt.NDArray[np.bool_]) -> None:
        """Sentences of this block that are better than those so far."""
        length = pc.fill_null(pc.utf8_length(block.sentence), 0).to_numpy(zero_copy_only=False)
        said = np.flatnonzero(length > 0)
        length, of, turned, feature = length[said], of[said], turned[said], block.feature[said].astype(np.int64)
        for row in _least(of, length + turned * (int(length.max(initial=0)) + 1), said, block):
            key = keys[of[row]]
            found = Shortest(bool(turned[row]), int(length[row]), block.sentence[int(said[row])].as_py())
            self.in_context[key] = min(found, self.in_context.get(key, found))
        for row in _least(feature, length, said, block):
            name = self._said[0][feature[row]]
            first = Shortest(False, int(length[row]), block.sentence[int(said[row])].as_py()), self.mentions + int(said[row])
            self.examples[name] = min(first, self.examples.get(name, first))


def _count(counts: dict, keys: list, *columns: npt.NDArray[np.floating | np.integer]) -> None:  # type: ignore[type-arg]
    for key, row in zip(keys, np.stack(columns, axis=1).astype(np.int64), strict=True):
        counts[key] = counts[key] + row if key in counts else row


def _least(group: npt.NDArray[np.int64], size: npt.NDArray[np.int64], at: npt.NDArray[np.int64], block: Block) -> list[int]:
    """Rows of the least size of their groups, one for each different sentence, the first of it."""
    least = np.full(int(group.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, group, size)
    rows = np.flatnonzero(size == least[group])
    texts = block.sentence.take(at[rows]).to_pandas()
    first: list[int] = rows[~pd.DataFrame({"group": group[rows], "text": texts}).duplicated().to_numpy()].tolist()
    return first
