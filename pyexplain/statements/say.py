"""The customer's sentences: at most two reasons, how many reviews bear them out, one quote; made of statements that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .english import ENGLISH, MOST_CHANGES, English
from .types import Quotes, Statement

MOST_REASONS = 2


@dataclass(frozen=True)
class Asked:
    """What the sentences are about. front, back: titles, None where none is known; back_is: "next", "last" or "named", how the
    other was chosen. cold: the user has no feature. side: whose features the change is of. k: the length of a list."""

    front: str | None
    back: str | None
    back_is: str = "next"
    why_not: bool = False
    cold: bool = False
    side: str = "user"
    k: int = 10


def say(
    statements: Sequence[Statement], asked: Asked, quotes: Quotes = "all", with_change: bool = False, language: English = ENGLISH
) -> str:
    """Why the item is suggested before the other, in one paragraph; with_change: also what would turn that around, if it holds."""
    front, back = _names(asked, language)
    if asked.cold:
        return language.cold(front)
    if not any(s.kind == "contrast" for s in statements):
        return language.nothing_to_say(front)
    reasons = [s for s in statements if s.kind == "reason"][:MOST_REASONS]
    if not reasons:
        parts = [language.without_reason(front, back)]
    else:
        parts = [language.because(front, back, [s.feature for s in reasons if s.feature])]
        parts += _sizes(statements, reasons, language) + _quote(statements, reasons, quotes)
    return " ".join(parts + (_change(statements, asked.side, front, back, language) if with_change else []))


def _names(asked: Asked, language: English) -> tuple[str, str]:
    """Of the item in front and the other; which of them is "this" depends on the question."""
    others = {"next": language.other_no_title, "last": language.place_no_title, "named": language.named_no_title}
    stand_in = others[asked.back_is]
    front, back = (stand_in, language.no_title) if asked.why_not else (language.no_title, stand_in)
    if asked.front == asked.back:  # two variants of one thing: the title does not tell them apart
        return (asked.front or front), back
    return asked.front or front, asked.back or back


def _sizes(statements: Sequence[Statement], reasons: Sequence[Statement], language: English) -> list[str]:
    praise = {s.feature: s.count for s in reversed(statements) if s.kind == "size" and s.count}
    sizes = [(s.feature, *praise[s.feature]) for s in reasons if s.feature and praise.get(s.feature)]
    return [language.shares(sizes)] if sizes else []


def _quote(statements: Sequence[Statement], reasons: Sequence[Statement], quotes: Quotes) -> list[str]:
    """The first one that may be shown."""
    if quotes == "none":
        return []
    named = [s.feature for s in reasons]
    found = [s for s in statements if s.kind == "evidence" and s.quote and s.feature in named]
    allowed = [s for s in found if s.quote and (quotes == "all" or s.quote.own)]
    return [allowed[0].text] if allowed else []


def _change(statements: Sequence[Statement], side: str, front: str, back: str, language: English) -> list[str]:
    """The change that puts the other in front, where it is short enough to be told whole."""
    for s in statements:
        if s.kind == "flip" and len(s.change) <= MOST_CHANGES:
            return [language.flip(language.condition(s.change, side, front), front, back)]
    return []
