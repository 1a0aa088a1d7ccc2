"""Leaving the first K where a user's features all go whole or not at all: history alone, or nothing else that may change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows
from ..order import Order
from .columns import put_rows
from .removal import smallest_removals
from .settings import Box

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


def leave_whole(
    order: Order, pairs: Int, k: int, wanted: Bool, box: Box, change: SparseRows, max_memory: int
) -> tuple[SparseRows, Bool, Bool]:
    """For the wanted [n] of pairs [n, 2] of users whose features all go whole or not at all: the changes [n, P], with the smallest
    sets that take the item out of the first k where there are some; which pairs are settled [n] (no other change could do); and of
    which of those that is proved [n]."""
    settled, proved = np.zeros(len(pairs), dtype=bool), np.zeros(len(pairs), dtype=bool)
    if box.whole is None:
        return change, settled, proved
    data = order.data
    own = data.user_features.select(pairs[:, 0])
    moves = ~box.whole[own.indices] if box.allowed is None else ~box.whole[own.indices] & box.allowed[own.indices]
    rows = np.flatnonzero(wanted & (np.bincount(own.row_indices()[moves], minlength=len(pairs)) == 0))
    found = smallest_removals(order.recommender, data, pairs[rows], k, order=order, allowed=box.allowed, max_memory=max_memory)
    nothing_else = bool(box.whole.all() if box.allowed is None else (box.whole | ~box.allowed).all())
    settled[rows], proved[rows] = found.reached | nothing_else, found.proved & (found.reached | nothing_else)
    return put_rows(change, rows[found.reached], found.change.select(found.reached.nonzero()[0])), settled, proved
