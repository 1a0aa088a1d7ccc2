"""Many usual questions: what their items are called, and where their texts are laid out, as codes of pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .facts import Facts
from .pieces import Int, Layout, Pieces, numbered
from .templates import Parts, escaped

if TYPE_CHECKING:
    from .wording import Wording

PLAIN = ', "change": [], "quote": null, "count": null}'
OF_A_REASON = 5  # texts: itself, how many reviews praise it and complain about it, two quotes


class Pairs:
    """Questions rows [m] of facts, about the item that comes next; `at` [m] says which of n texts each has.

    said, checked: where the sentences and the JSON of statements are laid out. front, back [m]: the items. Codes [m]: titles of
    both as in JSON; name of the one in front in sentences; id of the one in front as JSON; id_other: the same up to the one
    behind, which other_plain and other_change begin with. titled [m]: which of front_titles, the titles that are known, is of
    the one in front.
    """

    def __init__(self, wording: Wording, facts: Facts, rows: Int, at: Int, pieces: Pieces, n: int) -> None:
        self.wording, self.facts, self.rows, self.at, self.pieces = wording, facts, rows, at, pieces
        self.front, self.back = facts.questions.front[rows], facts.questions.back[rows]
        self.counts = facts.reasons.offsets[rows + 1] - facts.reasons.offsets[rows]
        self.last = 1 + OF_A_REASON * int(self.counts.max(initial=0))  # the place of what is told behind reasons
        self.said, self.checked = Layout(n, 1), Layout(n, self.last + 5)
        self._plain: dict[str, int] = {}
        self._call_items()

    def __len__(self) -> int:
        return len(self.rows)

    def lay_ends(self) -> None:
        """The contrast, with which each list begins, and the bracket at its end."""
        begin, end = '[{"kind": "contrast", "text": "', '", "feature": null, "item": '
        self.checked.add(self.at, 0, *self.text(self.wording.contrast, self.titles, begin, end), self.id_other, self.other_plain)
        self.checked.add(self.at, self.last + 4, self.piece("]"))

    def piece(self, text: str) -> int:
        """The code of a text."""
        if text not in self._plain:
            self._plain[text] = self.pieces.add([text])
        return self._plain[text]

    def each(self, texts: Sequence[str]) -> Int:
        """The codes of texts."""
        return self.pieces.add(texts) + np.arange(len(texts))

    def text(self, parts: Parts, given: Sequence[Int], before: str = "", after: str = "") -> list[Int | int]:
        """The codes of a template that is taken apart, with other texts around it; given: of what is put in, codes."""
        texts = [before, *parts, after]
        for at in range(len(texts) - 1, 0, -1):
            one, two = texts[at - 1 : at + 1]
            if isinstance(one, str) and isinstance(two, str):
                texts[at - 1 : at + 1] = [one + two]
        return [self.piece(part) if isinstance(part, str) else given[part] for part in texts if part != ""]

    def _call_items(self) -> None:
        distinct, place = numbered(np.concatenate([self.front, self.back]), self.wording.checker.data.n_items)
        front, back = place[: len(self)], place[len(self) :]
        known, add = self.wording.items.of(distinct.tolist()), self.pieces.add
        shown, ids = add([one.shown for one in known]), [one.id for one in known]
        self.titles, self.id = (shown + front, shown + back), add(ids) + front
        self.id_other = add([f'{one}, "other": ' for one in ids]) + front
        self.other_plain = add([one + PLAIN for one in ids]) + back
        self.other_change = add([f'{one}, "change": ' for one in ids]) + back
        self.name = add([one.title or self.wording.words.no_title for one in known]) + front
        self.front_titles, self.titled = [one.title for one in known], front.copy()
        same: dict[str, int] = {}
        of_title = np.array([-1 if one.title is None else same.setdefault(one.title, len(same)) for one in known])
        self._call_twins(np.flatnonzero((of_title[front] == of_title[back]) & (of_title[front] >= 0)))

    def _call_twins(self, rows: Int) -> None:
        """Two items of the same short title stand in one sentence by their whole titles."""
        if len(rows) == 0:
            return
        items = self.wording.checker.data.items
        whole = [[items.title(items[item]) for item in end[rows].tolist()] for end in (self.front, self.back)]
        for titles, texts in zip(self.titles, whole, strict=True):
            titles[rows] = self.each([escaped(text) for text in texts])
        self.name[rows] = self.each(whole[0])
        self.titled[rows] = len(self.front_titles) + np.arange(len(rows))
        self.front_titles += whole[0]
