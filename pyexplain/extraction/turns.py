"""What the words before an opinion do to it: negation turns it, "too" and "wish" make it bad, "if" and "would" make it unreal."""

from __future__ import annotations

from enum import IntEnum
from functools import reduce
from operator import or_

from .roles import (
    BREAK,
    COMMA,
    COMPARATIVE,
    CONDITION,
    EXCESS,
    FEATURE,
    INTENSIFIER,
    JOIN,
    LINK,
    MODAL,
    NEGATION,
    ONLY,
    OPINION,
    PERFORMATIVE,
    PRONOUN,
    THAN,
    WISH,
)

TURNS = CONDITION | THAN | WISH | EXCESS | MODAL | NEGATION
NEGATION_REACH = 6
EXCESS_REACH = 2
MODAL_REACH = 5


class Turn(IntEnum):
    """What becomes of an opinion: as it is, the opposite, bad or good whatever the word, or not meant at all."""

    SAME = 1
    TURNED = -1
    BAD = 2
    GOOD = 3
    UNREAL = 0


def turn_of(roles: list[int], clauses: list[int], at: int) -> Turn:
    """The turn of the opinion word at `at`."""
    start = clauses.index(clauses[at])
    before = reduce(or_, roles[start:at], 0)
    if not before & TURNS:
        return Turn.SAME
    if before & (CONDITION | THAN):
        return Turn.UNREAL
    negated = _negated(roles, start, at)
    if before & WISH:
        return Turn.BAD
    if before & EXCESS and any(role & EXCESS for role in roles[max(start, at - EXCESS_REACH) : at]):
        return Turn.GOOD if negated else Turn.BAD
    if before & MODAL and _under_modal(roles, start, at):
        return _unmet(roles, start, at, negated)
    return Turn.TURNED if negated else Turn.SAME


def _negated(roles: list[int], start: int, at: int) -> bool:
    """Whether an odd number of negations stands before, with nothing between that would end their reach."""
    count = 0
    for place in range(at - 1, max(start, at - NEGATION_REACH) - 1, -1):
        role = roles[place]
        if role & NEGATION and not roles[place + 1] & (ONLY | BREAK):
            count += 1
        elif _ends_reach(roles, place, at):
            break
    return count % 2 == 1


def _ends_reach(roles: list[int], place: int, at: int) -> bool:
    """Whether a negation before `place` stops short of `at`: at a comma, another opinion, another verb ("did not crack and is")."""
    role = roles[place]
    if role & OPINION and not role & INTENSIFIER:
        return not _joined(roles, place, at)
    return bool(role & COMMA) or bool(role & JOIN and any(other & LINK for other in roles[place + 1 : at]))


def _joined(roles: list[int], first: int, second: int) -> bool:
    """Whether two opinion words stand side by side ("not clear and loud"): one negation reaches both."""
    return all(role & (JOIN | INTENSIFIER) for role in roles[first + 1 : second]) and second - first <= 3


def _under_modal(roles: list[int], start: int, at: int) -> bool:
    for place in range(at - 1, max(start, at - MODAL_REACH) - 1, -1):
        if roles[place] & MODAL:
            return True
        if roles[place] & (FEATURE | PRONOUN | OPINION) and not roles[place] & INTENSIFIER:
            return False
    return False


def _unmet(roles: list[int], start: int, at: int, negated: bool) -> Turn:
    """Complaint ("could be better"), praise ("could not be better"), meant ("would recommend"), not real ("would be nice")."""
    if roles[at] & PERFORMATIVE:
        return Turn.TURNED if negated else Turn.SAME
    if roles[at] & COMPARATIVE or any(role & COMPARATIVE for role in roles[max(start, at - 2) : at]):
        return Turn.GOOD if negated else Turn.BAD
    return Turn.TURNED if negated else Turn.UNREAL
