"""Questions to a black box: the margin when some features of f_u are moved; counted, and asked in batches that fit the memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows
from ...margin.margin import Margin
from .box import Box

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


class Moves:
    """Questions about a margin of n pairs. f_u: their rows. low, high [n, P]: how far each feature may move; room [n, P]:
    whether it may at all; goes_whole [P]: which go whole or not at all. asked [n]: questions so far, at most `budget` a pair.
    """

    def __init__(self, margin: Margin, allowed: Bool | None, budget: int) -> None:
        self.margin, self.f_u, self.budget, self.asked = margin, margin.features, budget, margin.asked
        self.features = self.f_u.dense()
        mask = np.ones(self.f_u.n_columns, dtype=bool) if allowed is None else allowed
        self.low = np.where(mask, -self.features, 0)
        box = Box.of(margin.data)
        self.goes_whole = np.zeros(len(mask), dtype=bool) if box.whole is None else box.whole
        self.high = np.where(mask & ~self.goes_whole, np.maximum(box.most - self.features, 0), 0)
        self.room = (self.low < 0) | (self.high > 0)

    def own(self) -> Bool:
        """Where the user has a feature that may move [n, P]."""
        return (self.features > 0) & self.room

    def may_ask(self, rows: Int, more: int = 1) -> Bool:
        """Whether the pairs numbered rows [m] have so many questions left."""
        return self.asked[rows] + more <= self.budget

    def ask(self, rows: Int, columns: Int, amounts: Float) -> Float:
        """Margins [m] of the pairs numbered rows [m] (repeats allowed) with columns [m, S] moved by amounts [m, S]."""

        def moved(part: slice) -> npt.NDArray[np.float32]:
            changed = self.features[rows[part]]
            row, place = np.nonzero(amounts[part])
            changed[row, columns[part][row, place]] += amounts[part][row, place].astype(np.float32)
            return changed

        return self.margin.ask(rows, moved)

    def whole(self, changed: SparseRows) -> Float:
        """Margins [n] of all pairs at the features given [n, P]; a check, not a question."""
        every = np.arange(len(self.margin))
        return self.margin.ask(every, lambda part: changed.select(every[part]).dense(), counted=False)


def single_moves(moves: Moves, rows: Int, where: Bool, margin: Float) -> tuple[Int, Float, Float]:
    """Each feature at which where [m, P] holds moved alone, to either end of its box: columns [m, S], the better end [m, S], and by
    how much it brings the margin [m] down [m, S] (0 where it does not, and where a pair has no question left)."""
    counts = where.sum(axis=1)
    width = max(1, int(counts.max(initial=0)))
    columns, corners, drops = np.zeros((len(rows), width), np.int64), np.zeros((len(rows), width)), np.zeros((len(rows), width))
    row, feature = np.nonzero(where)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns[row, place] = feature
    for end in (moves.low, moves.high):
        amount = end[rows[row], feature]
        left = moves.budget - moves.asked[rows[row]]  # a pair's first features are asked for first
        order = _order_within(row, amount != 0)
        chosen = np.flatnonzero((amount != 0) & (order < left))
        reached = moves.ask(rows[row[chosen]], feature[chosen][:, None], amount[chosen][:, None])
        drop = margin[row[chosen]] - reached
        better = drop > drops[row[chosen], place[chosen]]
        at = chosen[better]
        drops[row[at], place[at]], corners[row[at], place[at]] = drop[better], amount[at]
    return columns, corners, drops


def _order_within(row: Int, counted: Bool) -> Int:
    """The how many-th counted entry of its row each is, from 0; rows ascend."""
    running: Int = np.cumsum(counted) - counted
    first = np.searchsorted(row, row)
    order: Int = running - running[first] if len(row) else running
    return order
