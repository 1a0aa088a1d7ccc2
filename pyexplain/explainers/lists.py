"""Why a user is shown a whole list: what weighs most in it, and what becomes of it without each of that, asked again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .base import Explainer
from .order import Order
from .types import NO_ITEM
from .unsaid import without_unsaid

Int = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ListReasons:
    """Of one user's first k items of the whole catalogue, items [k'] with scores [k'], best first; k' < k where there are fewer.

    columns [m], weights [m]: the features that weigh most in them (Explainer.explain_lists), the largest first. alone: the list
    without each of them, m arrays; together: without the first 1, 2, ... m of them. What is taken away is 0 afterwards, and the
    model is asked again; what the user liked in training stays out of lists. note: what else must be said.
    """

    user: int
    items: Int
    scores: Floats
    columns: Int
    weights: Floats
    alone: tuple[Int, ...]
    together: tuple[Int, ...]
    note: str = ""

    def left(self, after: Int) -> Int:
        """The items that are not in the list any more, in its order."""
        return self.items[~np.isin(self.items, after)]

    def new(self, after: Int) -> Int:
        """The items that are in it now alone, best first."""
        found: Int = after[~np.isin(after, self.items)]
        return found

    @property
    def fewest(self) -> int:
        """How many of the features have to go, in their order, before another item is in the list; 0: all do not do that."""
        return next((n for n, after in enumerate(self.together, 1) if len(self.left(after))), 0)


def explain_list(explainer: Explainer, order: Order, user: int, k: int, top: int) -> ListReasons:
    """Of the first k items of a user, by the `top` features that weigh most of those that may be told of."""
    found = without_unsaid(explainer.explain_lists(np.array([user]), k), order.data)
    columns = found.top(top)[0]
    columns = columns[columns >= 0]
    known, values = found.weights.row(0)
    profile = order.data.user_features.select(np.array([user]))
    each = [np.array([column]) for column in columns] + [columns[: n + 1] for n in range(len(columns))]
    asked = [profile, *(_without(profile, gone) for gone in each)]
    items, scores = order.best(np.full(len(asked), user), k, SparseRows.stacked(asked))
    lists = [row[row != NO_ITEM] for row in items]
    m = len(columns)
    weights = values[np.searchsorted(known, columns)]
    note = found.notes[0] if found.notes else ""
    return ListReasons(
        user, lists[0], scores[0][: len(lists[0])], columns, weights, tuple(lists[1 : m + 1]), tuple(lists[m + 1 :]), note
    )


def _without(profile: SparseRows, gone: Int) -> SparseRows:
    return profile.where(~np.isin(profile.indices, gone))
