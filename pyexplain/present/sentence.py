"""The analyst's sentence: ids, places, and the values of the change with what they mean; made of statements that hold."""

from __future__ import annotations

from ..data.kinds import HISTORY
from ..statements.english import ENGLISH, listed, start
from ..statements.types import Named, Statement
from .pair import PairFacts
from .text import decimals, harmless

NAMED = 3  # features in the sentence; the table has more


def sentence_of(found: PairFacts) -> str:
    """One or two English sentences; honest where the order did not flip, and where nothing is known of the user."""
    if not found.item:
        return _with_note(_about_user(found), found)
    if found.asked.cold:
        about = "writes about" if found.asked.words_alone else "likes"
        return f"Nothing is known of what {_user(found)} {about}: no reason can be given for {_front(found)}."
    parts = [_order(found) + "."]
    change = _then(found)
    if change:
        parts.append(change)
    elif found.valid is not None and found.against is not None:
        parts.append(_unmoved(found))
    elif found.valid is None:
        parts += _weighed(found)
    return _with_note(" ".join(parts), found)


def _front(found: PairFacts) -> str:
    return _called(found.asked.front, found.item)


def _back(found: PairFacts) -> str:
    return _called(found.asked.back, found.against or "")


def _called(title: str | None, name: str) -> str:
    return f"{harmless(title)} ({harmless(name)})" if title else _item(name)


def _item(name: str) -> str:
    return ENGLISH.called("item", harmless(name))


def _opening(name: str) -> str:
    """At the start of a sentence: an id stays as it is."""
    return start(_item(name)) if name.isdecimal() else _item(name)


def _user(found: PairFacts) -> str:
    return ENGLISH.called("user", harmless(found.user))


def _order(found: PairFacts) -> str:
    """Which of the two is in front, and the reasons that were checked."""
    front, back, user = _front(found), _back(found), _user(found)
    if not any(s.kind == "contrast" for s in found.statements):
        return f"Nothing that was checked puts {front} above {back or 'another item'} for {user}"
    which = {"named": "", "next": ", the next of the whole catalogue,", "last": f", which has place {found.asked.k}+"}
    reasons = [harmless(_named(s.feature)) for s in found.statements if s.kind == "reason" and s.feature]
    because = f" because of {listed(_some(reasons))}" if reasons else ", for no reason that the checks let stand"
    behind = which[found.asked.back_is] if not found.why_not else ""
    opening = front if found.asked.front else _opening(found.item)
    return f"{opening} ranks above {back}{behind} for {user}{because}"


def _named(feature: Named) -> str:
    """For analysts: attributes by their names, liked items by their titles."""
    return f"having liked {feature.text}" if feature.kind == HISTORY else feature.name


def _some(names: list[str]) -> list[str]:
    more = len(names) - NAMED
    return names[:NAMED] + ([f"{more} more"] if more > 0 else [])


def _then(found: PairFacts) -> str:
    """What the change leads to, of what was checked."""
    after: dict[str, Statement] = {s.kind: s for s in found.statements if s.change}
    outcome = [text for kind, text in _outcomes(found, after).items() if kind in after]
    if not outcome:
        return ""
    change = next(iter(after.values())).change
    whose = "" if found.side == "user" else f"{_item(found.item)} had "
    return f"If {whose}{ENGLISH.spans(change, found.side, found.scale)}, {listed(outcome)}."


def _outcomes(found: PairFacts, after: dict[str, Statement]) -> dict[str, str]:
    front, back = _item(found.item), _item(found.against or "")
    replaced = after["replacement"].count if "replacement" in after else None
    left = after["leaving"].count if "leaving" in after else None
    return {
        "flip": f"{back} would rank above {front}",
        "replacement": f"stand at place {replaced[1] if replaced else ''} of the whole catalogue",
        "leaving": f"{front} would leave the first {left[0] if left else ''}",
    }


def _unmoved(found: PairFacts) -> str:
    if found.valid or found.margin_after is None or found.margin_before is None or found.until:
        return ""  # what was asked to be reached has a note of its own
    after, before = found.margin_after, found.margin_before
    places = decimals(after, before)
    reached = f"the smallest margin reached is {after:.{places}f}, from {before:.{places}f}"
    return f"No change that was allowed turns that around ({reached})."


def _weighed(found: PairFacts) -> list[str]:
    """What a method says that changes nothing."""
    names = [harmless(r.shown) for r in found.named[:NAMED]]
    return [f"What weighs most by {harmless(found.method)}: {listed(names)}."] if names else []


def _about_user(found: PairFacts) -> str:
    names = [harmless(r.shown) for r in found.named[:NAMED]]
    return f"What weighs most for {_user(found)} is {listed(names)}." if names else "Nothing is known."


def _with_note(text: str, found: PairFacts) -> str:
    return f"{text} Note: {harmless(found.note)}." if found.note and found.note not in text else text
