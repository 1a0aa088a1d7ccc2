"""Questions to a black box: the margin when some features of f_u are moved; counted, and asked in batches that fit the memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows, apply_change
from ...margin.margin import Margin
from .columns import ends, table, values_at
from .settings import Box

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
LOOKED_AT = 65_536  # columns at a time, where some are looked for


class Moves:
    """Questions about a margin of n pairs. f_u: their rows. asked [n]: questions so far, at most `budget` a pair."""

    def __init__(self, margin: Margin, allowed: Bool | None, budget: int) -> None:
        self.margin, self.f_u, self.budget, self.asked = margin, margin.features, budget, margin.asked
        self.box = Box.of(margin.data, allowed)

    def ends(self, rows: Int, columns: Int) -> tuple[Float, Float]:
        """How far columns [m, S] (-1: none) of the pairs numbered rows [m] may fall and rise."""
        safe = np.maximum(columns, 0)
        low, high = ends(self.box, values_at(self.f_u.select(rows), safe), safe)
        return np.where(columns < 0, 0.0, low), np.where(columns < 0, 0.0, high)

    def goes_whole(self, columns: Int) -> Bool:
        """Which go whole or not at all."""
        return np.zeros(columns.shape, dtype=bool) if self.box.whole is None else self.box.whole[columns]

    def own(self) -> Int:
        """The features that each user has and that may change [n, S], in their order; -1 where a user has fewer."""
        kept = self.f_u.values > 0
        if self.box.allowed is not None:
            kept &= self.box.allowed[self.f_u.indices]
        rows = self.f_u.where(kept)
        return table(rows.offsets, rows.indices, -1)

    def others(self, rows: Int) -> Int:
        """The first features that the users of pairs numbered rows [m] do not have and that may rise, in their order, as many as a
        pair has questions for; -1 where one is the user's own."""
        own = self.f_u.select(rows)
        wanted = self.budget + int(own.counts.max(initial=0))
        base = _first_where(self.f_u.n_columns, self.box, wanted)
        found = np.tile(base, (len(rows), 1))
        place = np.minimum(np.searchsorted(base, own.indices), max(0, len(base) - 1))
        there = base[place] == own.indices if len(base) else np.zeros(len(place), dtype=bool)
        found[own.row_indices()[there], place[there]] = -1
        return found

    def may_ask(self, rows: Int, more: int = 1) -> Bool:
        """Whether the pairs numbered rows [m] have so many questions left."""
        return self.asked[rows] + more <= self.budget

    def ask(self, rows: Int, columns: Int, amounts: Float) -> Float:
        """Margins [m] of the pairs numbered rows [m] (repeats allowed) with columns [m, S] moved by amounts [m, S]."""

        def moved(part: slice) -> SparseRows:
            change = as_rows(columns[part], amounts[part], self.f_u.n_columns)
            return apply_change(self.f_u.select(rows[part]), change)

        return self.margin.ask(rows, moved, sparse=True)

    def whole(self, changed: SparseRows) -> Float:
        """Margins [n] of all pairs at the features given [n, P]; a check, not a question."""
        every = np.arange(len(self.margin))
        return self.margin.ask(every, lambda part: changed.select(every[part]), counted=False, sparse=True)


def as_rows(columns: Int, amounts: Float, n_columns: int) -> SparseRows:
    """The amounts [m, S] that are not 0, in columns [m, S], as sparse rows [m, P]."""
    row, place = np.nonzero(amounts)
    return SparseRows.from_triples(row, columns[row, place], amounts[row, place], (len(columns), n_columns))


def _first_where(n_columns: int, box: Box, wanted: int) -> Int:
    """The first `wanted` columns that may rise."""
    parts: list[Int] = []
    for at in range(0, n_columns, LOOKED_AT):
        columns = np.arange(at, min(at + LOOKED_AT, n_columns))
        may = ends(box, np.zeros(len(columns), np.float32), columns)[1] > 0
        parts.append(columns[may][:wanted])
        wanted -= len(parts[-1])
        if wanted <= 0:
            break
    return np.concatenate([np.zeros(0, np.int64), *parts])


def single_moves(moves: Moves, rows: Int, features: Int, margin: Float) -> tuple[Float, Float]:
    """Each of the features [m, S] (-1: none) moved alone, to either end of its box: the better end [m, S], and by how much it
    brings the margin [m] down [m, S] (0 where it does not, and where a pair has no question left)."""
    corners, drops = np.zeros(features.shape), np.zeros(features.shape)
    row, place = np.nonzero(features >= 0)
    for end in moves.ends(rows, features):
        amount = end[row, place]
        left = moves.budget - moves.asked[rows[row]]  # a pair's first features are asked for first
        order = _order_within(row, amount != 0)
        chosen = np.flatnonzero((amount != 0) & (order < left))
        reached = moves.ask(rows[row[chosen]], features[row[chosen], place[chosen]][:, None], amount[chosen][:, None])
        drop = margin[row[chosen]] - reached
        better = drop > drops[row[chosen], place[chosen]]
        at = chosen[better]
        drops[row[at], place[at]], corners[row[at], place[at]] = drop[better], amount[at]
    return corners, drops


def _order_within(row: Int, counted: Bool) -> Int:
    """The how many-th counted entry of its row each is, from 0; rows ascend."""
    running: Int = np.cumsum(counted) - counted
    first = np.searchsorted(row, row)
    order: Int = running - running[first] if len(row) else running
    return order
