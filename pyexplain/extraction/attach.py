"""Which feature an opinion word is about: the cheapest way to it within the clause, or what a pronoun stands for."""

from __future__ import annotations

from typing import NamedTuple

from .roles import (
    ANAPHOR,
    BREAK,
    COMMA,
    CONDITION,
    CONTRAST,
    DETERMINER,
    EXCLAIM,
    INTENSIFIER,
    JOIN,
    LINK,
    NEGATION,
    OPINION,
    PREPOSITION,
    PRONOUN,
    RELATIVE,
    TAKER,
    THAN,
    TOWARD,
)

MAX_COST = 5.0
FAR = 99.0
FREE = INTENSIFIER | NEGATION | LINK


class Found(NamedTuple):
    """A feature of the vocabulary in a sentence: tokens start..stop-1."""

    start: int
    stop: int
    feature: int


def targets(roles: list[int], clauses: list[int], features: list[Found], at: int) -> list[Found]:
    """The features that the opinion at `at` is about: the nearest one in its clause, and those joined to it by "and" or commas.

    A clause without a feature whose subject is a pronoun, or left out, goes on about the last feature before it.
    """
    best, cheapest, own = -1, MAX_COST, False
    for number, found in enumerate(features):
        if clauses[found.start] == clauses[at]:
            own = True
            cost = cost_after(roles, at, found) if found.start > at else cost_before(roles, at, found)
            if cost < cheapest:
                best, cheapest = number, cost
    if best < 0:
        return [] if own else _meant_before(roles, clauses, features, at)
    forward = features[best].start > at
    if not forward:
        while best and _is_within(roles, clauses, features[best - 1], features[best]):
            best -= 1
    chosen = [features[best]]
    step = 1 if forward else -1
    while 0 <= best + step < len(features) and _are_joined(roles, clauses, features[best], features[best + step]):
        best += step
        chosen.append(features[best])
    return chosen


def cost_after(roles: list[int], at: int, found: Found) -> float:
    """ "great sound", "love the sound", "happy with the sound"; FAR where something between forbids it."""
    open_object = bool(roles[at] & TAKER)
    exclaimed = at > 0 and bool(roles[at - 1] & EXCLAIM or (at > 1 and roles[at - 1] & INTENSIFIER and roles[at - 2] & EXCLAIM))
    if exclaimed and found.start - at <= 3:  # "how good it sounds", "how much better my strings are"
        open_object = True
    cost = 0.0
    for place in range(at + 1, found.start):
        role = roles[place]
        if role & (BREAK | THAN) or (role & PRONOUN and not exclaimed):
            return FAR
        if role & LINK and not role & OPINION:
            if place != at + 1 or not roles[place + 1] & DETERMINER:
                return FAR
            open_object = True  # "my only complaint is the cord"
            cost += 1.5
        elif role & TOWARD and not open_object:
            open_object = True
            cost += 1
        elif role & (PREPOSITION | RELATIVE) and not role & INTENSIFIER:
            return FAR
        elif role & DETERMINER:
            if not open_object:
                return FAR
            cost += 0.25
        elif role & (COMMA | JOIN):
            if not roles[place + 1] & (OPINION | INTENSIFIER):
                return FAR
            cost += 0.5
        else:
            cost += 0.5 if role & (OPINION | INTENSIFIER) else 1
    return cost


def cost_before(roles: list[int], at: int, found: Found) -> float:
    """ "sound is great", "strings stay in tune well"; the farther and the less linked, the dearer."""
    cost, linked, inside = 0.5, False, False
    for place in range(found.stop, at):
        role = roles[place]
        if role & (THAN | BREAK):
            return FAR
        if role & LINK:
            linked, inside = True, False
        elif role & (RELATIVE | COMMA):
            cost += 1
        elif role & PREPOSITION:
            cost, inside = cost + 1, True
        elif not role & FREE:
            cost += 1
            inside = inside and bool(role & (DETERMINER | OPINION))
    if inside:  # "the sound on a better amp": the opinion is about something else
        return FAR
    return cost if linked else cost + 1.5


def _is_within(roles: list[int], clauses: list[int], head: Found, part: Found) -> bool:
    """Whether `part` only tells more of `head`: "the sound of the speaker"."""
    between = roles[head.stop : part.start]
    if clauses[head.start] != clauses[part.start] or not between or not between[0] & PREPOSITION:
        return False
    return all(not role & (LINK | COMMA | JOIN | RELATIVE | BREAK | PRONOUN) or role & PREPOSITION for role in between)


def _are_joined(roles: list[int], clauses: list[int], one: Found, other: Found) -> bool:
    first, second = (one, other) if one.start < other.start else (other, one)
    if clauses[first.start] != clauses[second.start]:
        return False
    between = roles[first.stop : second.start]
    return any(role & (COMMA | JOIN) for role in between) and all(role & (COMMA | JOIN | DETERMINER) for role in between)


def _meant_before(roles: list[int], clauses: list[int], features: list[Found], at: int) -> list[Found]:
    """The last feature of the clause before, if this one begins with "it", "but", or with its predicate."""
    start = clauses.index(clauses[at])
    first = start
    while first < at and roles[first] & (BREAK | COMMA | JOIN) and not roles[first] & CONDITION:
        first += 1
    if not (roles[first] & ANAPHOR or (first == at and start and roles[start] & CONTRAST) or roles[first] & NEGATION):
        return []
    before = [found for found in features if clauses[found.start] == clauses[at] - 1]
    return before[-1:]
