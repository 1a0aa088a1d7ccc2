"""Where one clause of a sentence ends and the next begins: an opinion is about something in its own clause."""

from __future__ import annotations

from functools import reduce
from operator import or_

from .roles import BREAK, COMMA, DETERMINER, FEATURE, INTENSIFIER, JOIN, LINK, OPINION, PREPOSITION, PRONOUN

SEPARATES, SAYS = BREAK | COMMA | JOIN, LINK | OPINION
SUBJECT_REACH = 4  # "and the sound of it is": how far a subject's verb may be


def clause_numbers(roles: list[int]) -> list[int]:
    """The number of its clause for each token, counted from 0; a separating token belongs to the clause that it begins."""
    numbers: list[int] = []
    number = start = 0
    complete = False  # whether the clause has said something: "the sound and the design are" has not
    for at in [place for place, role in enumerate(roles) if role & SEPARATES and place]:
        if not complete:
            complete = bool(reduce(or_, roles[start:at], 0) & SAYS)
        if roles[at] & BREAK or (complete and _begins_clause(roles, at + 1)):
            numbers += [number] * (at - len(numbers))
            number += 1
            complete = False
        start = at
    return numbers + [number] * (len(roles) - len(numbers))


def _begins_clause(roles: list[int], at: int) -> bool:
    """Whether a subject with its verb stands after a comma or a conjunction."""
    while at < len(roles) and roles[at] & (JOIN | INTENSIFIER) and not roles[at] & FEATURE:
        at += 1
    if at >= len(roles):
        return False
    if roles[at] & PRONOUN:
        return True
    if not roles[at] & (DETERMINER | FEATURE):
        return False
    for role in roles[at + 1 : at + 1 + SUBJECT_REACH]:
        if role & LINK:
            return True
        if role & (COMMA | JOIN | BREAK | PREPOSITION):
            return False
    return False
