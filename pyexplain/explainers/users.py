"""Explanations of a user as a whole, from those of the items that the user liked, or that stand in the user's list."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from .order import Order
from .types import NO_ITEM, Explanations

Int = npt.NDArray[np.int64]
MOST_ITEMS = 50
COLD = "nothing is known of this user: no training pair"


def mean_over_liked_items(explain: Callable[[Int], Explanations], data: Dataset, method: str, users: Int) -> Explanations:
    """The mean weight of each feature over the user's training items (the first 50 at most), one row a user; explain: of pairs.

    A row's weights are scaled so that their sizes sum to 1 before the mean: no single item speaks for all. Users without a
    training pair get an empty row and a note.
    """
    order = np.argsort(data.train[:, 0], kind="stable")
    starts = np.searchsorted(data.train[order, 0], users, side="left")
    counts = np.minimum(np.searchsorted(data.train[order, 0], users, side="right") - starts, MOST_ITEMS)
    row = np.repeat(np.arange(len(users)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = data.train[order[np.repeat(starts, counts) + within]]
    notes = tuple("" if count else COLD for count in counts)
    items = np.full(len(users), NO_ITEM)
    space = data.features.fingerprint
    if len(pairs) == 0:
        weights = SparseRows.empty((len(users), data.n_features))
        return Explanations(method, users, items, weights, space, notes=notes)
    found = explain(pairs).weights
    total = np.bincount(found.row_indices(), weights=np.abs(found.values), minlength=len(pairs))
    share = found.values / np.maximum(total, 1e-30)[found.row_indices()] / counts[row][found.row_indices()]
    cell, inverse = np.unique(row[found.row_indices()] * data.n_features + found.indices, return_inverse=True)
    values = np.bincount(inverse, weights=share, minlength=len(cell))
    r, c = np.divmod(cell, data.n_features)
    weights = SparseRows.from_triples(r, c, values, (len(users), data.n_features))
    return Explanations(method, users, items, weights, space, notes=notes)


def mean_over_lists(explain: Callable[[Int, Int], Explanations], order: Order, method: str, users: Int, k: int) -> Explanations:
    """The mean weight of each feature over the first k items of users [n] in the whole catalogue, one row a user; explain: of pairs
    against other items. Each item is compared with the one at place k + 1; where there is none, with the last of the list, and that
    with the first."""
    data = order.data
    items, _ = order.best(users, k + 1)
    listed, there = items[:, :k], items[:, :k] >= 0
    row, place = np.nonzero(there)
    last = listed[np.arange(len(users)), np.maximum(there.sum(axis=1) - 1, 0)]
    other = np.where(items[:, k] >= 0, items[:, k], last)[row]
    pairs = np.stack([users[row], listed[row, place]], axis=1)
    other = np.where(other == pairs[:, 1], listed[row, 0], other)
    whole, space = np.full(len(users), NO_ITEM), data.features.fingerprint
    if not len(pairs):
        return Explanations(method, users, whole, SparseRows.empty((len(users), data.n_features)), space)
    weights = explain(pairs, other).weights
    of = row[weights.row_indices()]
    share = weights.values / np.maximum(there.sum(axis=1), 1)[of]
    cell, inverse = np.unique(of * data.n_features + weights.indices, return_inverse=True)
    values = np.bincount(inverse, weights=share, minlength=len(cell))
    r, c = np.divmod(cell, data.n_features)
    return Explanations(method, users, whole, SparseRows.from_triples(r, c, values, (len(users), data.n_features)), space)
