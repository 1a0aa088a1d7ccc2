"""Statements: what was checked of a (user, item, other item), in the form in which programs read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from json import dumps
from json.encoder import encode_basestring
from typing import Any, Literal

Kind = Literal["reason", "contrast", "flip", "replacement", "leaving", "evidence", "size", "sentence"]
Quotes = Literal["all", "own", "none"]
Register = Literal["customer", "analyst"]
QUOTES: tuple[Quotes, ...] = ("all", "own", "none")
REGISTERS: tuple[Register, ...] = ("customer", "analyst")


@dataclass(frozen=True)
class Named:
    """A feature. kind: what sort of thing it is ("word": learned from reviews; "attribute" of items; "history": a liked item).
    words: what people call it, "" where that is its name."""

    kind: str
    name: str
    words: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """What people call it."""
        return self.words or self.name

    @cached_property
    def json(self) -> str:
        """As in JSON documents."""
        return dumps(_name(self), ensure_ascii=False)


@dataclass(frozen=True)
class Change:
    """A value of equation (1), before and after the counterfactual change."""

    feature: Named
    before: float
    after: float


@dataclass(frozen=True)
class Quote:
    """A whole sentence of a training review. item, user: ids of whose review it is; sentiment in -1..1; own: the explained
    person wrote it."""

    sentence: str
    item: str
    user: str
    sentiment: float
    own: bool

    def to_dict(self, register: Register) -> dict[str, Any]:
        """As in JSON documents; `user` is null where it is somebody else and a customer reads it."""
        return vars(self) | {"user": self.user if self.own or register == "analyst" else None}


@dataclass(frozen=True)
class Statement:
    """One thing that was checked. `item` is the item in front, `other` the one behind it (ids); text has titles.

    reason: the user cares about `feature`, the item has it (or the user liked that item), and it helps to put the item above the
    other.
    contrast: `item` ranks above `other`. flip: with `change`, the model ranks `other` above `item`. replacement: with it, `other`
    stands at the item's old place or higher. leaving: with it, `item` is not among the first K; count = (K, the new place).
    evidence: `quote` says something good of `feature`. size: count = (k, n): k of n reviews of the item that mention `feature`
    praise it, or complain about it (`text` says which). sentence: `text` was written by the method, about `feature`; what it says
    is what the item's reviews say.
    """

    kind: Kind
    text: str
    feature: Named | None = None
    item: str = ""
    other: str | None = None
    change: tuple[Change, ...] = ()
    quote: Quote | None = None
    count: tuple[int, int] | None = None

    def to_dict(self, register: Register = "analyst") -> dict[str, Any]:
        """A row of `statements` in JSON documents; for customers without the ids of other people who are quoted."""
        return {
            "kind": self.kind,
            "text": self.text,
            "feature": None if self.feature is None else _name(self.feature),
            "item": self.item,
            "other": self.other,
            "change": [_name(c.feature) | {"from": c.before, "to": c.after} for c in self.change],
            "quote": None if self.quote is None else self.quote.to_dict(register),
            "count": None if self.count is None else list(self.count),
        }

    def to_json(self, register: Register = "analyst") -> str:
        """to_dict(register) as JSON, letter by letter what json.dumps makes of it, in a fifth of the time."""
        quote, other = self.quote, "null" if self.other is None else encode_basestring(self.other)
        feature = "null" if self.feature is None else self.feature.json
        told = "null" if quote is None else dumps(quote.to_dict(register), ensure_ascii=False, allow_nan=False)
        count = "null" if self.count is None else f"[{self.count[0]}, {self.count[1]}]"
        return row_json(self.kind, self.text, feature, encode_basestring(self.item), other, changes_json(self.change), told, count)


def row_json(kind: str, text: str, feature: str, item: str, other: str, change: str, quote: str, count: str) -> str:
    """A statement as JSON; of all but kind and text, their JSON."""
    return (
        f'{{"kind": "{kind}", "text": {encode_basestring(text)}, "feature": {feature}, "item": {item}, '
        f'"other": {other}, "change": {change}, "quote": {quote}, "count": {count}}}'
    )


def row_json_around(kind: str, text: str, feature: str, item: str) -> tuple[str, str]:
    """row_json() of a statement without change, quote and count: what stands before `other`, and behind it."""
    head = f'{{"kind": "{kind}", "text": {encode_basestring(text)}, "feature": {feature}, "item": {item}, "other": '
    return head, ', "change": [], "quote": null, "count": null}'


def changes_json(change: tuple[Change, ...]) -> str:
    """Statement.change as JSON."""
    return f"[{', '.join([cell_json(c.feature, c.before, c.after) for c in change])}]"


def cell_json(feature: Named, before: float, after: float) -> str:
    """A row of Statement.change as JSON."""
    return f'{feature.json[:-1]}, "from": {_number(before)}, "to": {_number(after)}}}'


def _number(value: float) -> str:
    if value - value != 0:
        raise ValueError(f"{value} is not a number that JSON has")
    return repr(value)


def _name(feature: Named) -> dict[str, Any]:
    return {"kind": feature.kind, "name": feature.name}
