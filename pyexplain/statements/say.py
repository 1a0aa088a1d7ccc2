"""The customer's sentences: at most two reasons, how many reviews bear them out, one quote; made of statements that hold;
and a sentence of the method's own where it wrote one that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..data.kinds import WORD
from .cues import is_vague
from .english import ENGLISH, MOST_CHANGES, English
from .types import Named, Quotes, Statement

MOST_REASONS = 2
VAGUE = 2  # more than the other doubt
UNKNOWN = (2, 2)  # of how many reviews praise it, where reviews are not kept


@dataclass(frozen=True)
class Asked:
    """What the sentences are about. front, back: titles, None where none is known; back_is: "next", "last" or "named", how the
    other was chosen. cold: the user has no feature. side: whose features the change is of. k: the length of a list. people: whose
    reviews of the item in front mention anything; 0 where reviews are not kept. words_alone: nothing but words of reviews can be a
    reason."""

    front: str | None
    back: str | None
    back_is: str = "next"
    why_not: bool = False
    cold: bool = False
    side: str = "user"
    k: int = 10
    people: int = 0
    words_alone: bool = True


def say(statements: Sequence[Statement], asked: Asked, quotes: Quotes = "all", language: English = ENGLISH) -> str:
    """Why the item is suggested, in one paragraph. Where a person asked about the other item, it is named, and it is said what
    would turn the two around, if that holds."""
    front, back = names_of(asked, language)
    if asked.cold:
        return language.cold(front, asked.words_alone)
    if not any(s.kind == "contrast" for s in statements):
        return language.nothing_to_say(front, asked.words_alone)
    about_both = asked.why_not or asked.back_is == "named"
    other = back if about_both else None
    reasons = chosen_reasons(statements, asked.front or "", asked.people)
    if not reasons:
        parts = [language.without_reason(front, other)]
        parts += _written(statements, language) or _praised(statements, asked.words_alone, language)
    else:
        features = [s.feature for s in reasons if s.feature]
        parts = because_of(front, other, features, praise_of(statements), _quote(statements, reasons, quotes), language)
        parts += _written(statements, language)
    return " ".join(parts + (_change(statements, asked.side, front, back, language) if about_both else []))


def chosen_reasons(statements: Sequence[Statement], title: str, people: int = 0) -> list[Statement]:
    """The two that tell a customer most, in the order of their contributions, of those without a doubt; where all are doubtful, the
    least doubtful one, unless it says too little."""
    found = [s for s in statements if s.kind == "reason" and s.feature]
    praise = praise_of(statements)
    return [found[at] for at in chosen([doubts(s.feature, praise, title, people) for s in found if s.feature])]


def chosen(doubtful: Sequence[int]) -> list[int]:
    """Which of reasons with so many doubts are told: chosen_reasons()."""
    clear = [at for at, doubt in enumerate(doubtful) if not doubt]
    if clear:
        return clear[:MOST_REASONS]
    least = min(doubtful, default=VAGUE)
    return [doubtful.index(least)] if least < VAGUE else []


def doubts(feature: Named, praised: Mapping[Named, tuple[int, int]], title: str, people: int) -> int:
    """What speaks against naming it: that it is what the item is (a case is no reason for a case), says nothing, or is spoken of in
    a single review or in less than a tenth of them (VAGUE), or that a third of the reviews do not praise it. Nothing, of attributes
    and of what a person liked: that they are so is known without reviews."""
    if feature.kind != WORD:
        return 0
    praise, mention = praised.get(feature, (people, people) if people else UNKNOWN)
    aside = mention < 2 or 10 * mention < people
    return VAGUE * (is_vague(feature.name, title) or aside) + (3 * praise < 2 * mention)


def _praised(statements: Sequence[Statement], words_alone: bool, language: English) -> list[str]:
    """What reviews praise most though it is none of the user's reasons; else that there is no clear reason."""
    reasons = {s.feature for s in statements if s.kind == "reason"}
    found = [s.text for s in statements if s.kind == "size" and s.feature not in reasons]
    return found[:1] or [language.no_clear_reason if words_alone else language.no_reason_known]


def praise_of(statements: Sequence[Statement]) -> dict[Named, tuple[int, int]]:
    """How many of how many reviews praise a feature: of the sizes of a feature, the one of praise comes first."""
    return {s.feature: s.count for s in reversed(statements) if s.kind == "size" and s.count and s.feature}


def names_of(asked: Asked, language: English) -> tuple[str, str]:
    """Of the item in front and the other; which of them is "this" depends on the question."""
    others = {"next": language.other_no_title, "last": language.place_no_title, "named": language.named_no_title}
    stand_in = others[asked.back_is]
    front, back = (stand_in, language.no_title) if asked.why_not else (language.no_title, stand_in)
    if asked.front == asked.back:  # two variants of one thing: the title does not tell them apart
        return (asked.front or front), back
    return asked.front or front, asked.back or back


def because_of(
    front: str,
    other: str | None,
    features: Sequence[Named],
    praise: Mapping[Named, tuple[int, int]],
    quoted: Sequence[str],
    language: English,
) -> list[str]:
    """The sentences that name reasons: for which features, how many of how many reviews praise them, what is quoted."""
    sizes = [(feature, *praise[feature]) for feature in features if feature in praise]
    return [language.because(front, other, features), *([language.shares(sizes)] if sizes else []), *quoted]


def _quote(statements: Sequence[Statement], reasons: Sequence[Statement], quotes: Quotes) -> list[str]:
    """The first one that may be shown."""
    if quotes == "none":
        return []
    named = [s.feature for s in reasons]
    found = [s for s in statements if s.kind == "evidence" and s.quote and s.feature in named]
    allowed = [s for s in found if s.quote and (quotes == "all" or s.quote.own)]
    return [allowed[0].text] if allowed else []


def _written(statements: Sequence[Statement], language: English) -> list[str]:
    """The first sentence that the method wrote."""
    return [language.written(s.feature, s.text) for s in statements if s.kind == "sentence" and s.feature][:1]


def _change(statements: Sequence[Statement], side: str, front: str, back: str, language: English) -> list[str]:
    """The change that puts the other in front, where it is short enough to be told whole."""
    for s in statements:
        if s.kind == "flip" and len(s.change) <= MOST_CHANGES:
            return [language.flip(language.condition(s.change, side, front), front, back)]
    return []
