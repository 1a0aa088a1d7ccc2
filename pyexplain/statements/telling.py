"""What is told of many questions, as texts: letter by letter what say() and Statement.to_json() make of each; but what several of
them share is put into words once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring
from typing import TypeVar

from ..data.kinds import WORD
from .english import ENGLISH, English
from .facts import Checker, Facts, evidence
from .quotes import MOST_KEPT
from .say import Asked, because_of, chosen, doubts, names_of, say
from .types import Change, Named, Quotes, Register, Statement, cell_json, row_json, row_json_around

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
MOST_TEXTS = 4 * MOST_KEPT
BYTES, SHARE = 700, 8  # of what is kept of a text, with what holds it; texts may take one part in SHARE of the memory


@dataclass(eq=False, slots=True)  # not frozen: hundreds of thousands are made
class _Reason:
    """A feature of an item in front. praise: how many of how many reviews praise it, None where none is asked. head, tail: the JSON
    of the reason and of the reviews that bear it out, up to the item behind and from there on. doubts: about naming it."""

    named: Named
    praise: tuple[int, int] | None
    head: str
    tail: str
    doubts: int


@dataclass(frozen=True, eq=False)
class _Front:
    """An item in front under one title: its id as JSON, what most of its reviews praise, its reasons by feature, sentences."""

    item: str
    praised: tuple[int | None, tuple[Statement, ...], str]
    reasons: dict[int, _Reason] = field(default_factory=dict)
    sentences: dict[tuple[_Reason | str, ...], str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two items: what they are called in statements, and the one in front in sentences; the one behind as JSON; the contrast, and
    its JSON; what sentences are about."""

    of: _Front
    front: str
    back: str
    name: str
    other: str
    contrast: Statement
    checked: str
    asked: Asked


class Teller:
    """Of questions to one Checker about the item that comes next. What was put into words is kept, up to a number of texts."""

    def __init__(self, checker: Checker, quotes: Quotes = "all", register: Register = "analyst", words: English = ENGLISH) -> None:
        self.checker, self.quotes, self.register, self.words = checker, quotes, register, words
        self._pairs: dict[tuple[int, int, str, int], _Pair] = {}
        self._fronts: dict[tuple[int, str], _Front] = {}
        self._conditions: dict[tuple[object, ...], str] = {}
        self._evidence = lru_cache(min(MOST_KEPT, max(1, checker.max_memory // (SHARE * BYTES))))(self._make_evidence)
        self._kept = 0
        self._most = max(1, min(MOST_TEXTS, checker.max_memory // (SHARE * BYTES)))

    def told(self, facts: Facts, rows: Sequence[int]) -> tuple[list[str], list[str]]:
        """Of each question, what is said, and what was checked as a JSON list."""
        usual = (facts.above & ~facts.cold & ~facts.questions.why_not).tolist()
        columns = [part.tolist() for part in (facts.questions.users, facts.questions.front, facts.questions.back)]
        named, written = facts.questions.named, facts.sentences or [()] * len(usual)
        found = [
            self._slowly(facts, row)
            if named or not usual[row] or written[row]
            else self._told(facts, row, *[part[row] for part in columns])
            for row in rows
        ]
        return [said for said, _ in found], [checked for _, checked in found]

    def _slowly(self, facts: Facts, row: int) -> tuple[str, str]:
        statements = facts.statements(row, self.quotes, self.words)
        return say(statements, facts.asked(row), self.quotes, self.words), f"[{self._json(statements)}]"

    def _json(self, statements: Sequence[Statement]) -> str:
        return ", ".join([one.to_json(self.register) for one in statements])

    def _told(self, facts: Facts, row: int, user: int, front: int, back: int) -> tuple[str, str]:
        pair = self._pairs.get((front, back, facts.side, facts.questions.k)) or self._make_pair(facts, row, front, back)
        rows_of, reasons, other = self.checker.quotes.rows, pair.of.reasons, pair.other
        found, features, texts = [], [], [pair.checked]
        quoted: dict[_Reason, str] = {}
        for feature, praise, complain, mention in facts.reasons.of(row):
            one = reasons.get(feature) or self._make_reason(pair, front, feature, (praise, complain), mention)
            texts.append(f"{one.head}{other}{one.tail}")
            for number in rows_of(user, front, feature, self.quotes):
                text, checked = self._evidence(number, self.checker.quotes.is_by(number, user), front)
                texts.append(checked)
                quoted.setdefault(one, text)
            found.append(one)
            features.append(feature)
        praised, statements, checked = pair.of.praised
        if praised is None or praised in features:
            statements = ()
        else:
            texts.append(checked)
        named = [found[at] for at in chosen([one.doubts for one in found])]
        if named:
            said = self._because(pair, named, [quoted[one] for one in named if one in quoted][:1])
        else:
            said = say([pair.contrast, *statements], pair.asked, self.quotes, self.words)
        return said, f"[{', '.join(texts + self._changed(facts, row, pair))}]"

    def _because(self, pair: _Pair, named: list[_Reason], quoted: list[str]) -> str:
        key: tuple[_Reason | str, ...] = (pair.name, *named)
        said = None if quoted else pair.of.sentences.get(key)
        if said is None:
            praise = {one.named: one.praise for one in named if one.praise}
            said = " ".join(because_of(pair.name, None, [one.named for one in named], praise, quoted, self.words))
            if not quoted:
                self._keep(pair.of.sentences, key, said)
        return said

    def _changed(self, facts: Facts, row: int, pair: _Pair) -> list[str]:
        """JSON of what the change leads to."""
        moved, named = facts.moved(row), self.checker.named
        if not moved:
            return []
        of = pair.front if facts.side == "item" else ""
        key = facts.side, of, *[(feature, now == 0, then == 0, then < now) for feature, now, then in moved]
        condition = self._conditions.get(key)  # of values it says no more than this
        if condition is None:
            condition = self.words.condition([Change(named(feature), now, then) for feature, now, then in moved], facts.side, of)
            self._keep(self._conditions, key, condition)
        change = f"[{', '.join([cell_json(named(feature), now, then) for feature, now, then in moved])}]"
        return [
            row_json(kind, text, "null", pair.of.item, pair.other, change, "null", f"[{count[0]}, {count[1]}]" if count else "null")
            for kind, text, count in facts.then(row, condition, pair.front, pair.back, self.words)
        ]

    def _make_pair(self, facts: Facts, row: int, front: int, back: int) -> _Pair:
        items, asked = self.checker.data.items, facts.asked(row)
        item, other = items[front], items[back]
        titles = asked.front or self.words.called("item", item), asked.back or self.words.called("item", other)
        contrast = Statement("contrast", self.words.contrast(*titles), None, item, other)
        of = self._fronts.get((front, titles[0]))
        if of is None:
            of = _Front(encode_basestring(item), self._make_praised(front))
            self._keep(self._fronts, (front, titles[0]), of)
        name, _ = names_of(asked, self.words)
        made = _Pair(of, *titles, name, encode_basestring(other), contrast, contrast.to_json(self.register), asked)
        self._keep(self._pairs, (front, back, facts.side, facts.questions.k), made)
        return made

    def _make_reason(self, pair: _Pair, front: int, feature: int, sides: tuple[int, int], mention: int) -> _Reason:
        named, words = self.checker.named(feature), self.words
        sizes = self.checker.sizes(words, front, feature, sides, mention) if mention else ()
        praise = sizes[0].count if sizes else None
        known = {} if praise is None else {named: praise}
        doubtful = doubts(named, known, pair.asked.front or "", pair.asked.people) if named.kind == WORD else 0
        head, tail = row_json_around("reason", words.reason(named, pair.front), named.json, pair.of.item)
        made = _Reason(named, praise, head, ", ".join([tail, *[one.to_json() for one in sizes]]) if sizes else tail, doubtful)
        self._keep(pair.of.reasons, feature, made)
        return made

    def _make_praised(self, front: int) -> tuple[int | None, tuple[Statement, ...], str]:
        most = self.checker.praised(front)
        if most.feature is None:
            return None, (), ""
        found = self.checker.sizes(self.words, front, most.feature, (most.praise, 0), most.mention)
        return most.feature, found, self._json(found)

    def _make_evidence(self, row: int, own: bool, front: int) -> tuple[str, str]:
        """Text and JSON of a row of the evidence that is quoted of an item in front; own: by who wrote it."""
        checker = self.checker
        quote = checker.quotes.quote(row, own)
        found = evidence(checker, self.words, checker.data.items[front], int(checker.index.features[row]), quote)
        return found.text, found.to_json(self.register)

    def _keep(self, kept: dict[_Key, _Value], key: _Key, value: _Value) -> None:
        self._kept += 1
        if self._kept > self._most:
            self._kept = 0
            for texts in (self._pairs, self._fronts, self._conditions):
                texts.clear()
        kept[key] = value
