"""The reasons of many questions, laid out: with how many reviews bear them out, and with quotes."""

from __future__ import annotations

from itertools import repeat

import numpy as np

from ..data.views import offsets_of, places_of
from .asking import Bool
from .pieces import Int, numbered
from .told_pairs import OF_A_REASON, Pairs


class ToldReasons:
    """Reasons, cell by cell [c]: pair: of which question; feature; praise, complain, mention: how many reviews do; kind: which of
    `kinds`; words: the code of what people call the feature; quote: that of its first quote, -1 where there is none. begins
    [m + 1]: where those of each question begin. people [m]: whose reviews of the item in front mention anything. more_praised [m]:
    whether it is told what most of them praise."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs, reasons = pairs, pairs.facts.reasons
        self.begins = offsets_of(pairs.counts)
        cells = places_of(reasons.offsets[pairs.rows], self.begins, pairs.counts)
        self.pair, self.feature = np.repeat(np.arange(len(pairs)), pairs.counts), reasons.cells.feature[cells]
        self.praise, self.complain, self.mention = (part[cells] for part in reasons.sizes[:3])
        self.place = 1 + OF_A_REASON * (np.arange(len(cells)) - self.begins[self.pair])
        distinct, self._of = numbered(self.feature, pairs.wording.checker.data.n_features)
        self._known = pairs.wording.reasons.of(distinct.tolist())
        self.kinds, self.kind = numbered_texts([one.kind for one in self._known], self._of)
        self.words = pairs.pieces.add([one.words for one in self._known]) + self._of
        self.quote = np.full(len(cells), -1)

    def are(self, kind: str) -> Bool:
        """Which [c] are of a kind."""
        found: Bool = self.kind == (self.kinds.index(kind) if kind in self.kinds else -1)
        return found

    def known_praise(self) -> tuple[Int, Bool]:
        """How many reviews praise the feature of each [c], or complain where none does; whether anybody speaks of it."""
        count = np.where(self.praise > 0, self.praise, self.complain)
        return count, (self.mention > 0) & (count > 0)

    def lay(self) -> None:
        """The statements of all."""
        pairs, pair, known, add = self.pairs, self.pair, self._known, self.pairs.pieces.add
        head, tail = (add([one[part] for one in known]) + self._of for part in (0, 1))
        title, items = pairs.titles[0][pair], (pairs.id_other[pair], pairs.other_plain[pair])
        pairs.checked.add(pairs.at[pair], self.place, head, title, tail, *items)
        self._lay_sizes(1, True, self.praise)
        self._lay_sizes(2, False, self.complain)
        if pairs.wording.quotes != "none":
            self._lay_quotes(np.flatnonzero(pairs.wording.is_quotable[self.feature]))
        self._lay_praised()

    def _lay_sizes(self, place: int, praised: bool, count: Int) -> None:
        pairs, has = self.pairs, np.flatnonzero((self.mention > 0) & (count > 0))
        keys = zip(self.feature[has].tolist(), repeat(praised), count[has].tolist(), self.mention[has].tolist(), strict=False)
        sizes = pairs.wording.sizes.of(keys)
        before, after = (pairs.each([size[part] for size in sizes]) for part in (0, 1))
        pairs.checked.add(pairs.at[self.pair[has]], self.place[has] + place, before, pairs.id[self.pair[has]], after)

    def _lay_quotes(self, cells: Int) -> None:
        """Of the reasons that may have some."""
        pairs, wording, quotes = self.pairs, self.pairs.wording, self.pairs.wording.checker.quotes
        users, fronts = (part[self.pair[cells]].tolist() for part in (pairs.facts.questions.users[pairs.rows], pairs.front))
        found: list[tuple[int, int, str, str]] = []
        for cell, user, front, feature in zip(cells.tolist(), users, fronts, self.feature[cells].tolist(), strict=True):
            for nth, row in enumerate(quotes.rows(user, front, feature, wording.quotes)):
                found.append((cell, nth, *wording.evidence(row, quotes.is_by(row, user), front)))
        if found:
            owners, places, said, checked = zip(*found, strict=True)
            cells, place, codes = np.array(owners), np.array(places), pairs.each(said)
            pairs.checked.add(pairs.at[self.pair[cells]], self.place[cells] + 3 + place, pairs.each(checked))
            self.quote[cells[place == 0]] = codes[place == 0]

    def _lay_praised(self) -> None:
        """What most reviews of the item in front praise, where that is none of the reasons."""
        pairs = self.pairs
        distinct, of = numbered(pairs.front, pairs.wording.checker.data.n_items)
        people, feature, texts = zip(*pairs.wording.fronts.of(distinct.tolist()), strict=True)
        self.people, most = np.array(people)[of], np.array(feature)[of]
        named = np.bincount(self.pair[self.feature == most[self.pair]], minlength=len(of)) > 0
        self.more_praised = (most >= 0) & ~named
        which = np.flatnonzero(self.more_praised)
        pairs.checked.add(pairs.at[which], pairs.last, pairs.pieces.add(texts) + of[which])


def numbered_texts(texts: list[str], of: Int) -> tuple[list[str], Int]:
    """The distinct texts, and the number of each of texts[of] among them."""
    same: dict[str, int] = {}
    numbers = np.array([same.setdefault(text, len(same)) for text in texts], np.int64)
    return list(same), numbers[of]
