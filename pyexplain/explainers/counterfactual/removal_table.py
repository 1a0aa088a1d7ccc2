"""What the whole catalogue scores for a user as it is, and without each single feature of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows
from ...data.views import offsets_of
from ..order import Order, first

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
COPIES = 4  # of a table of scores
FEWEST = 256  # items of a table, where there are so many


@dataclass(frozen=True, eq=False)
class RemovalTable:
    """Of a user: columns [S] that may go; items [C], ascending, that may be in the list; scores [1 + S, C] as they are, then
    without each of the columns alone. whole: whether these are all items that the user did not like in training."""

    user: int
    columns: Int
    items: Int
    scores: Float
    whole: bool

    def against(self, item: int) -> tuple[Float, Float] | None:
        """How far each item is ahead of this one [C] (-inf: itself), and what each column's going adds to that [S, C]; None where
        the item is not in the table."""
        place = int(np.searchsorted(self.items, item))
        if place == len(self.items) or self.items[place] != item:
            return None
        leads = self.scores - self.scores[:, place : place + 1]
        lead, gains = leads[0].copy(), leads[1:] - leads[0]
        lead[place] = -np.inf
        return lead, gains


def removal_tables(order: Order, users: Int, own: SparseRows, max_memory: int) -> Iterator[list[RemovalTable]]:
    """Of users [n] whose features that may go are own [n, P], in their order, some at a time; within max_memory, by leaving out the
    items that score least where one user's table does not fit."""
    room = max(1, max_memory // (4 * COPIES * max(1, order.data.n_items)))  # rows of scores
    blocks = np.cumsum(1 + own.counts) // room
    for part in np.split(np.arange(len(users)), np.flatnonzero(np.diff(blocks)) + 1) if len(users) else []:
        if len(part) == 1:
            yield [_alone(order, int(users[part[0]]), own.row(int(part[0]))[0], room)]
            continue
        rows = [without_each(order, int(users[n]), own.row(n)[0]) for n in part.tolist()]
        sizes = [one.n_rows for one in rows]
        scores = np.split(order.scores(np.repeat(users[part], sizes), SparseRows.stacked(rows)), np.cumsum(sizes)[:-1])
        yield [_table(int(users[n]), own.row(n)[0], None, mine) for n, mine in zip(part.tolist(), scores, strict=True)]


def _alone(order: Order, user: int, columns: Int, room: int) -> RemovalTable:
    rows, n_items = without_each(order, user, columns), order.data.n_items
    width = n_items if rows.n_rows <= room else min(n_items, max(FEWEST, room * n_items // rows.n_rows))
    kept = None
    parts = []
    for at in range(0, rows.n_rows, room):
        some = np.arange(at, min(at + room, rows.n_rows))
        scores = order.scores(np.full(len(some), user), rows.select(some))
        if width < n_items and kept is None:
            kept = np.sort(first(scores[:1], width)[0])
        parts.append(scores if kept is None else scores[:, kept])
    return _table(user, columns, kept, np.concatenate(parts))


def _table(user: int, columns: Int, items: Int | None, scores: Float) -> RemovalTable:
    there = np.flatnonzero(np.isfinite(scores[0]))
    return RemovalTable(user, columns, there if items is None else items[there], scores[:, there], items is None)


def without_each(order: Order, user: int, columns: Int) -> SparseRows:
    """f_u, and f_u without each of the columns [S], [1 + S, P]."""
    found = without_sets(order, user, columns, np.eye(len(columns), dtype=bool))
    return SparseRows.stacked([order.data.user_features.select([user]), found])


def without_sets(order: Order, user: int, columns: Int, sets: Bool) -> SparseRows:
    """f_u without sets [m, S] of the columns [S], [m, P]."""
    indices, values = order.data.user_features.row(user)
    gone = np.zeros((len(sets), len(indices)), dtype=bool)
    gone[:, np.searchsorted(indices, columns)] = sets
    row, place = np.nonzero(~gone)
    return SparseRows(offsets_of((~gone).sum(axis=1)), indices[place], values[place], order.data.n_features)
