"""What is put into words once, for many questions that share it: pieces of JSON, of sentences, and sentences taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

import numpy as np

from ..data.kinds import WORD
from .asking import Bool
from .english import English
from .facts import Checker, evidence
from .pieces import Known
from .quotes import MOST_KEPT
from .say import Asked, say
from .templates import Parts, around, escaped, escaped_parts, taken_apart
from .types import Change, Named, Quotes, Register, Statement

MOST_TEXTS = 4 * MOST_KEPT
TABLES = 8
BYTES, SHARE = 700, 8  # of what is kept of a text, with what holds it; texts may take one part in SHARE of the memory

Size = tuple[int, bool, int, int]  # feature, praised, how many of how many
Way = tuple[str, bool, bool, bool]  # kind of a feature, whether its value is 0 now, and then, and whether it is less then


class Item(NamedTuple):
    """title: None where none is known; shown: in statements, as in JSON; id: as JSON."""

    title: str | None
    shown: str
    id: str


class Reason(NamedTuple):
    """Of a feature as a reason, the JSON up to the title in its text, and from there to the item; its kind, and its words."""

    head: str
    tail: str
    kind: str
    words: str


class Cell(NamedTuple):
    """Of a feature that changes, the JSON up to its value now; its kind, and its words as in JSON."""

    head: str
    kind: str
    words: str


class Outcomes(NamedTuple):
    """Templates of a condition and the titles of two items, taken apart; first: of a replacement by the first item of all."""

    flip: Parts
    replacement: Parts
    first: Parts
    leaving: Parts


class Front(NamedTuple):
    """Of an item in front, by its reviews: Praised.people, Praised.feature (-1 for none), and the JSON of how many praise that."""

    people: int
    feature: int
    checked: str


class Wording:
    """The words for what one Checker holds. What was put into words is kept, up to a number of texts."""

    def __init__(self, checker: Checker, quotes: Quotes, register: Register, words: English) -> None:
        self.checker, self.quotes, self.register, self.words = checker, quotes, register, words
        most = max(1, min(MOST_TEXTS, checker.max_memory // (SHARE * BYTES)))
        some = max(1, most // TABLES)
        self.items, self.fronts = Known(self._item, some), Known(self._front, some)
        self.reasons, self.cells = Known(self._reason, some), Known(self._cell, some)
        self.sizes, self.shares = Known(self._size, some), Known(self._shares, some)
        self.because, self.conditions = Known(self._because, some), Known(self._condition, some)
        self.evidence = lru_cache(min(MOST_KEPT, most))(self._evidence)

    def json(self, statements: Sequence[Statement]) -> str:
        """Statements one after the other, as in a list of JSON."""
        return ", ".join([one.to_json(self.register) for one in statements])

    def _item(self, item: int) -> Item:
        name = self.checker.data.items[item]
        title = self.checker.titles.known(name)
        return Item(title, escaped(title or self.words.called("item", name)), encode_basestring(name))

    def _front(self, item: int) -> Front:
        most = self.checker.praised(item)
        if most.feature is None:
            return Front(most.people, -1, "")
        return Front(most.people, most.feature, ", " + self.json(self.praised(item)))

    def praised(self, item: int) -> Sequence[Statement]:
        """How many reviews praise what most of them praise."""
        most = self.checker.praised(item)
        if most.feature is None:
            return ()
        return self.checker.sizes(self.words, item, most.feature, (most.praise, 0), most.mention)

    def _reason(self, feature: int) -> Reason:
        named = self.checker.named(feature)
        before, after = around(lambda title: self.words.reason(named, title), named.name + named.text)
        head, tail = f', {{"kind": "reason", "text": "{escaped(before)}', f'{escaped(after)}", "feature": {named.json}, "item": '
        return Reason(head, tail, named.kind, named.text)

    def _size(self, key: Size) -> tuple[str, str]:
        """The JSON of how many reviews praise a feature or complain about it, up to the item, and behind it."""
        feature, praised, count, mention = key
        named = self.checker.named(feature)
        text = encode_basestring(self.words.size(named, count, mention, praised))
        head = f', {{"kind": "size", "text": {text}, "feature": {named.json}, "item": '
        return head, f', "other": null, "change": [], "quote": null, "count": [{count}, {mention}]}}'

    def _because(self, kinds: tuple[str, ...]) -> Parts:
        """The sentence that names features of some kinds: of the item's name and of theirs."""

        def template(name: str, *names: str) -> str:
            return self.words.because(name, None, [Named(*of) for of in zip(kinds, names, strict=True)])

        return taken_apart(template, 1 + len(kinds))

    def _shares(self, sizes: tuple[tuple[int, int, int], ...]) -> str:
        """How many of how many reviews praise features, behind another sentence."""
        return " " + self.words.shares([(self.checker.named(feature), k, n) for feature, k, n in sizes])

    def _evidence(self, row: int, own: bool, front: int) -> tuple[str, str]:
        """A row of the evidence that is quoted of an item in front, behind another sentence, and its JSON; own: by who wrote it."""
        checker = self.checker
        quote = checker.quotes.quote(row, own)
        found = evidence(checker, self.words, checker.data.items[front], int(checker.index.features[row]), quote)
        return " " + found.text, ", " + found.to_json(self.register)

    def _cell(self, feature: int) -> Cell:
        named = self.checker.named(feature)
        return Cell(f'{named.json[:-1]}, "from": ', named.kind, escaped(named.text))

    def _condition(self, key: tuple[str, tuple[Way, ...]]) -> Parts:
        """The condition that changes of a side's features are: of the item's title and the names of the features."""
        side, ways = key

        def template(title: str, *names: str) -> str:
            change = [Change(Named(kind, name), *_values(*way)) for (kind, *way), name in zip(ways, names, strict=True)]
            return self.words.condition(change, side, title)

        return escaped_parts(taken_apart(template, 1 + len(ways)))

    @cached_property
    def contrast(self) -> Parts:
        """Of the titles of two items."""
        return escaped_parts(taken_apart(self.words.contrast, 2))

    def outcomes(self, k: int) -> Outcomes:
        """Of lists of k."""
        words = self.words
        return Outcomes(
            escaped_parts(taken_apart(words.flip, 3)),
            escaped_parts(taken_apart(lambda condition, front, back: words.replacement(condition, front, back, False), 3)),
            escaped_parts(taken_apart(lambda condition, front, back: words.replacement(condition, front, back, True), 3)),
            escaped_parts(taken_apart(lambda condition, front: words.leaving(condition, front, k), 2)),
        )

    @cached_property
    def is_quotable(self) -> Bool:
        """Of which features [P] there is anything to quote."""
        return np.array(self.checker.index.is_quotable, dtype=bool)

    def unclear(self, front: int, title: str | None, praised: bool) -> str:
        """What is said of an item for which no reason is clear; praised: with what most of its reviews praise."""
        asked = Asked(title, None, words_alone=self.checker.data.kinds in ((), (WORD,)))
        return say([Statement("contrast", ""), *(self.praised(front) if praised else ())], asked, self.quotes, self.words)


def _values(now_none: bool, then_none: bool, less: bool) -> tuple[float, float]:
    """Values that go this way."""
    if then_none:
        return (0.0 if now_none else 1.0 if less else -1.0), 0.0
    if now_none:
        return 0.0, -1.0 if less else 1.0
    return 1.0, 0.5 if less else 2.0
