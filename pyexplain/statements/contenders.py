"""Places after a change, asked about of the items alone that the change can lift so far; of all others it is known that they stay
behind. Most of a catalogue does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows, apply_change
from ..data.types import Dataset
from ..data.views import offsets_of
from ..explainers.order import Order
from .asking import ROUNDING, Float, Int

WORD = 8  # marks are looked at so many at a time


class Places(NamedTuple):
    """Scores [n] of the item in front and the one behind it after the change, and their places [n], ties counted against each."""

    front: Float
    back: Float
    front_place: Int
    back_place: Int


def contended(order: Order, data: Dataset, users: Int, front: Int, back: Int, change: SparseRows) -> Places | None:
    """Of n users whose features change by change [n, P]; None where the recommender does not say how far items can be lifted."""
    recommender, n = order.recommender, len(users)
    device = recommender.device
    who = torch.from_numpy(np.ascontiguousarray(users)).to(device)
    most = recommender.most_lifted(who, change.tensors(device))
    if most is None:
        return None
    rows = apply_change(data.user_features.select(users), change).tensors(device)

    def ask(owner_counts: Int, items: Int) -> Float:
        cells = SparseRows(offsets_of(owner_counts), items, np.zeros(len(items), np.float32), data.n_items)
        with torch.no_grad():
            return recommender.scores_in(cells.tensors(device), who, rows).cpu().numpy().astype(np.float64)

    lower, upper = np.minimum(front, back), np.maximum(front, back)
    both = ask(np.full(n, 2), np.stack([lower, upper], axis=1).ravel()).reshape(n, 2)
    swapped = front > back
    ahead, behind = np.where(swapped, both[:, 1], both[:, 0]), np.where(swapped, both[:, 0], both[:, 1])
    least = np.minimum(ahead, behind)
    least -= 2 * ROUNDING * np.maximum(1.0, np.abs(least))
    row, item = _within(order, users, most.cpu().numpy(), least)
    then = ask(np.bincount(row, minlength=n), item)
    found = [
        1 + np.bincount(row[(then >= own[row]) & (item != asked[row])], minlength=n)
        for own, asked in ((ahead, front), (behind, back))
    ]
    return Places(ahead, behind, *found)


def _within(order: Order, users: Int, most: npt.NDArray[np.float32], least: Float) -> tuple[Int, Int]:
    """Row and item of what scores at least `least` [n] when it is lifted by most [n, I], row by row; nothing of liked items."""
    known, which = np.unique(users, return_inverse=True)
    width = -(-order.data.n_items // WORD) * WORD
    reach = np.zeros((len(users), width), dtype=bool)
    lifted = order.scores(known)[which]
    lifted += most
    np.greater_equal(lifted, least[:, None].astype(np.float32), out=reach[:, : order.data.n_items])
    some = np.flatnonzero(reach.view(np.uint64))  # nearly all are 0
    word, place = np.nonzero(reach.ravel().reshape(-1, WORD)[some])
    row, item = np.divmod(some[word] * WORD + place, width)
    return row, item
