"""What training reviews say of a feature, looked up: by item and feature, by user and feature, by review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.types import Dataset
from ..data.views import offsets_of, places_of
from .pieces import numbered

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


class Sizes(NamedTuple):
    """Of n (item, feature): the item's reviews that praise the feature, complain about it, mention it at all [n] each (a review is
    a user; its side is that of its mean sentiment), and the mean sentiment [n] of the mentions, 0 where there is none."""

    praise: Int
    complain: Int
    mention: Int
    sentiment: Float


class _Lookup:
    """Row numbers by a key: rows of one key lie together, in their own order."""

    def __init__(self, keys: Int) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]

    def rows(self, key: int) -> Int:
        start, stop = self.keys.searchsorted((key, key + 1)).tolist()
        return self.order[start:stop]


@dataclass(frozen=True, eq=False)
class EvidenceIndex:
    """Mentions of `data.evidence`, sorted once; nothing is scanned when a pair is asked about.

    users, items, features [n] and sentiments [n]: its columns. Memory: about 100 bytes a mention; the texts stay in the frame.
    """

    data: Dataset
    users: Int
    items: Int
    features: Int
    sentiments: Float
    sentences: Any  # the columns of the frame, not copied
    opinions: Any
    by_item: _Lookup
    by_user: _Lookup
    by_review: _Lookup
    cells: Int  # (item, feature) as one number, ascending
    sizes: Sizes  # of the cells
    praises: Bool  # [n]: something good is said, in a sentence
    is_quotable: tuple[bool, ...]  # [P]: of any row of the feature

    @staticmethod
    def of(data: Dataset) -> EvidenceIndex:
        """The index of a data set."""
        columns = (data.evidence[name].to_numpy(dtype=np.int64) for name in ("user", "item", "feature"))
        users, items, features = columns
        sentiments = data.evidence["sentiment"].to_numpy(dtype=np.float64)
        cell = items * data.n_features + features
        lookups = _Lookup(cell), _Lookup(users * data.n_features + features), _Lookup(users * data.n_items + items)
        texts = data.evidence["sentence"].array, data.evidence["opinion"].array
        praises = (sentiments > 0) & data.evidence["sentence"].ne("").to_numpy(dtype=bool, na_value=False)
        some = np.bincount(features[praises], minlength=data.n_features) > 0
        sizes = _sizes(cell, users, sentiments)
        return EvidenceIndex(data, users, items, features, sentiments, *texts, *lookups, *sizes, praises, tuple(some.tolist()))

    def about(self, item: int, feature: int) -> Int:
        """Rows of the evidence: what is said of the item's feature."""
        return self.by_item.rows(item * self.data.n_features + feature)

    def written(self, user: int, feature: int) -> Int:
        """Rows of the evidence: what the user said of the feature, of any item."""
        return self.by_user.rows(user * self.data.n_features + feature)

    def beside(self, row: int) -> Int:
        """Rows of the same review."""
        return self.by_review.rows(int(self.users[row]) * self.data.n_items + int(self.items[row]))

    def size(self, items: Int, features: Int) -> Sizes:
        """The sizes of (item, feature) pairs [n]; zeros where nobody mentions it."""
        width = self.data.n_features
        distinct, place = numbered(items, self.data.n_items)
        starts, stops = np.searchsorted(self.cells, (distinct * width, (distinct + 1) * width))
        ends = offsets_of(stops - starts)
        if ends[-1] == 0:
            none = np.zeros(len(items), np.int64)
            return Sizes(none, none, none, none.astype(np.float64))
        cells = places_of(starts, ends, stops - starts)  # of these items alone: looking among all costs more
        wanted = items * width + features
        found = np.minimum(np.searchsorted(self.cells[cells], wanted), len(cells) - 1)
        at = cells[found]
        there, (praise, complain, mention, sentiment) = self.cells[at] == wanted, self.sizes
        return Sizes(praise[at] * there, complain[at] * there, mention[at] * there, sentiment[at] * there)

    def of_item(self, item: int) -> tuple[int, Int, Sizes]:
        """How many people's reviews of the item mention anything, the features that they mention [m], and the sizes of these."""
        width = self.data.n_features
        start, stop = np.searchsorted(self.cells, (item * width, (item + 1) * width))
        first, last = np.searchsorted(self.by_item.keys, (item * width, (item + 1) * width))
        people = len(np.unique(self.users[self.by_item.order[first:last]]))
        praise, complain, mention, sentiment = self.sizes
        sizes = Sizes(praise[start:stop], complain[start:stop], mention[start:stop], sentiment[start:stop])
        return people, self.cells[start:stop] - item * width, sizes

    def sentence(self, row: int) -> str:
        """The sentence of a row, its white space made plain."""
        return " ".join(str(self.sentences[row]).split())

    def opinion(self, row: int) -> str:
        """The opinion word of a row."""
        return str(self.opinions[row])


def _sizes(cell: Int, users: Int, sentiments: Float) -> tuple[Int, Sizes]:
    frame = pd.DataFrame({"cell": cell, "user": users, "sentiment": sentiments})
    review = frame.groupby(["cell", "user"], sort=True)["sentiment"].mean().reset_index()
    side = review.assign(praise=review["sentiment"] > 0, complain=review["sentiment"] < 0, mention=True).groupby("cell", sort=True)
    counts = side[["praise", "complain", "mention"]].sum()
    means = frame.groupby("cell", sort=True)["sentiment"].mean()
    praise, complain, mention = (counts[name].to_numpy(dtype=np.int64) for name in ("praise", "complain", "mention"))
    return counts.index.to_numpy(dtype=np.int64), Sizes(praise, complain, mention, means.to_numpy(dtype=np.float64))
