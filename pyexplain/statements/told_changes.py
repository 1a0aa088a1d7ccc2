"""What the changes of many questions lead to, laid out: flip, replacement and leaving, as Facts.then() has them of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.views import offsets_of, places_of
from .pieces import Int, Layout, Pieces, numbered
from .told_pairs import Pairs
from .told_reasons import numbered_texts

if TYPE_CHECKING:
    import pyarrow as pa

    from .wording import Cell


def lay_changes(pairs: Pairs) -> None:
    """Of the questions that have a change."""
    begins, rows = pairs.facts.moves.offsets, pairs.rows
    counts = begins[rows + 1] - begins[rows]
    changed = np.flatnonzero(counts > 0)
    if len(changed):
        _Changes(pairs, changed, counts[changed]).lay()


class _Changes:
    """Of questions changed [c], each with counts [c] values that change, in cells of facts.moves."""

    def __init__(self, pairs: Pairs, changed: Int, counts: Int) -> None:
        self.pairs, self.changed, self.counts, self.begins = pairs, changed, counts, offsets_of(counts)
        moves, self.rows = pairs.facts.moves, pairs.rows[changed]
        self.cells = places_of(moves.offsets[self.rows], self.begins, counts)
        self.before, self.after = moves.before[self.cells], moves.after[self.cells]
        distinct, self.of = numbered(moves.feature[self.cells], pairs.wording.checker.data.n_features)
        self.known: list[Cell] = pairs.wording.cells.of(distinct.tolist())

    def lay(self) -> None:
        pairs, after, k = self.pairs, self.pairs.facts.after, self.pairs.facts.questions.k
        now, then, of_front = (part[self.rows] for part in (after.before, after.back, after.front))
        flips = after.flips[self.rows]
        change, condition = pairs.each(self._values()), pairs.each(self._conditions())
        taken, told = flips & (then <= now), pairs.wording.outcomes(k)
        places, lists = self._counts(now, then), self._counts(np.full(len(now), k), of_front)
        none = np.full(len(now), pairs.piece("null}"))
        for kind, where, parts, place, count in (
            ("flip", flips, told.flip, 1, none),
            ("replacement", taken & (then != 1), told.replacement, 2, places),
            ("replacement", taken & (then == 1), told.first, 2, places),
            ("leaving", (now <= k) & (k < of_front), told.leaving, 3, lists),
        ):
            at = np.flatnonzero(where)
            pair = self.changed[at]
            given = condition[at], pairs.titles[0][pair], pairs.titles[1][pair]
            text = pairs.text(parts, given, f', {{"kind": "{kind}", "text": "', '", "feature": null, "item": ')
            items, tail = (pairs.id_other[pair], pairs.other_change[pair]), pairs.piece('], "quote": null, "count": ')
            pairs.checked.add(pairs.at[pair], pairs.last + place, *text, *items, change[at], tail, count[at])

    def _counts(self, of: Int, n: Int) -> Int:
        """The codes of Statement.count as JSON, with the bracket at the end of a statement."""
        width = int(n.max()) + 1
        keys, at = np.unique(of * width + n, return_inverse=True)
        counts = zip(*(part.tolist() for part in np.divmod(keys, width)), strict=True)
        codes: Int = self.pairs.pieces.add([f"[{one}, {two}]}}" for one, two in counts]) + at
        return codes

    def _values(self) -> pa.Array:
        """Statement.change as JSON, but for the bracket at its end: texts [c]. ValueError for a value that JSON does not have."""
        pieces, begins = Pieces(), self.begins
        if not (np.isfinite(self.before).all() and np.isfinite(self.after).all()):
            raise ValueError("a value that changes is not a number that JSON has")
        codes = np.empty((len(self.cells), 4), np.int64)
        codes[:, 0] = pieces.add([f", {one.head}" for one in self.known]) + self.of
        codes[begins[:-1], 0] = pieces.add([f"[{one.head}" for one in self.known]) + self.of[begins[:-1]]
        values, which = np.unique(self.before, return_inverse=True)
        codes[:, 1] = pieces.add([f'{value!r}, "to": ' for value in values.tolist()]) + which
        codes[:, 2] = pieces.add([repr(value) for value in self.after.tolist()]) + np.arange(len(self.cells))
        codes[:, 3] = pieces.add(["}"])
        return pieces.texts(codes.ravel(), 4 * begins)

    def _conditions(self) -> pa.Array:
        """The texts [c] of the conditions, as within JSON; those that go the same ways are laid out together."""
        pairs, layout = self.pairs, Layout(len(self.changed), 1)
        kinds, kind = numbered_texts([one.kind for one in self.known], self.of)
        ways = 8 * kind + 4 * (self.before == 0) + 2 * (self.after == 0) + (self.after < self.before)
        names, titles = pairs.pieces.add([one.words for one in self.known]) + self.of, pairs.titles[0][self.changed]
        for size in np.unique(self.counts).tolist():
            rows = np.flatnonzero(self.counts == size)
            cells = self.begins[rows, None] + np.arange(size)
            patterns, which = distinct_rows(ways[cells])
            for number, pattern in enumerate(patterns.tolist()):
                key = pairs.facts.side, tuple((kinds[way >> 3], bool(way & 4), bool(way & 2), bool(way & 1)) for way in pattern)
                (parts,) = pairs.wording.conditions.of([key])
                at = np.flatnonzero(which == number)
                layout.add(rows[at], 0, *pairs.text(parts, [titles[rows[at]], *names[cells[at]].T]))
        return layout.of(pairs.pieces)


def distinct_rows(rows: Int) -> tuple[Int, Int]:
    """The distinct ones of rows [n, L] of small numbers, and which of them each is [n]."""
    which, width = np.zeros(len(rows), np.int64), int(rows.max()) + 1
    for column in rows.T:
        _, which = np.unique(which * width + column, return_inverse=True)
    _, first = np.unique(which, return_index=True)
    return rows[first], which
