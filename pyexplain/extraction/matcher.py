"""The words of a sentence in, (feature, opinion, turn) out. One matcher a process; it keeps only caches."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import NamedTuple

from .attach import Found, targets
from .clauses import SEPARATES, clause_numbers
from .lexicon import Lexicon
from .roles import CORRECTED, EQUAL, FEATURE, GUARDED, INTENSIFIER, MODAL, NEGATION, OPINION, OTHER, PRONOUN, THAN, Roles
from .turns import TURNS, Turn, turn_of

NAMED = FEATURE | OTHER
NOBODY: frozenset[str] = frozenset()
SUBJECT_BEFORE = 3  # "I really do like": how far before a guarded verb its subject may stand


class Judged(NamedTuple):
    """One opinion about one feature; `at` is the place of the opinion word."""

    feature: int
    opinion: str
    turn: Turn
    at: int


class Matcher:
    """Finds features of a lexicon in tokens, and what is said about them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.roles = Roles(lexicon)
        self.forms: dict[str, list[tuple[tuple[str, ...], int]]] = {}  # first word -> (all words, feature), longest first
        for number, feature in enumerate(lexicon.features):
            for form in feature.forms:
                words = tuple(form.split())
                self.forms.setdefault(words[0], []).append((words, number))
        self.known = len(lexicon.features)  # numbers from here on are words that opinions are about, but no features
        for name in lexicon.left_out:
            words = tuple(name.split())
            self.forms.setdefault(words[0], []).append((words, self.known))
        for alternatives in self.forms.values():
            alternatives.sort(key=lambda pair: (-len(pair[0]), pair))
        # most words begin one form only, which is the word itself
        self.alone = {word: found[0][1] for word, found in self.forms.items() if found[0][0] == (word,)}
        self.partners = _partners(lexicon) if lexicon.closed else None

    def judgements(self, words: list[str]) -> list[Judged]:
        """All opinions about features in one sentence's tokens, in the order of the opinion words.

        With a closed lexicon, opinion words of which no partner is in the sentence are passed over: they make no mention.
        """
        roles = list(map(self.roles.__getitem__, words))
        present = reduce(or_, set(roles), 0)
        return self.judged(words, roles, present) if present & FEATURE and present & OPINION else []

    def judged(self, words: list[str], roles: list[int], present: int) -> list[Judged]:
        """The same where the roles of the words are known already, and `present`, all of them in one."""
        if present & CORRECTED:
            words = [self.roles.corrected.get(word, word) for word in words]
        opinions = [at for at, role in enumerate(roles) if role & OPINION]
        if self.partners is not None:
            opinions = [at for at in opinions if not self.partners.get(words[at], NOBODY).isdisjoint(words)]
        if not opinions:
            return []
        if present & EQUAL:
            _end_comparison(roles)
        features = self._features(words, roles)
        if not features:
            return []
        inside = {at for found in features for at in range(found.start, found.stop)}
        opinions = [at for at in opinions if at not in inside and _is_meant(roles, at)]
        if not opinions:
            return []
        clauses = clause_numbers(roles) if present & SEPARATES else [0] * len(roles)
        straight = not present & (TURNS | EQUAL)  # nothing in the sentence turns anything
        judged = []
        for at in opinions:
            about = targets(roles, clauses, features, at)
            turn = Turn.UNREAL if not about else Turn.SAME if straight else turn_of(roles, clauses, at)
            if turn is not Turn.UNREAL:
                judged += [Judged(place.feature, words[at], turn, at) for place in about if place.feature < self.known]
        return judged

    def _features(self, words: list[str], roles: list[int]) -> list[Found]:
        """The longest matches, from left to right, none overlapping."""
        found, free = [], 0  # free: the first place behind the last match
        for at in [place for place, role in enumerate(roles) if role & NAMED]:
            if at < free:
                continue
            number = self.alone.get(words[at])
            if number is not None:
                found.append(Found(at, at + 1, number))
                continue
            for form, number in self.forms[words[at]]:
                if len(form) == 1 or tuple(words[at : at + len(form)]) == form:
                    free = at + len(form)
                    found.append(Found(at, free, number))
                    break
        return found


def _partners(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """opinion word -> the first words of all features that it makes a known pair with."""
    first = {feature.name: frozenset(form.split()[0] for form in feature.forms) for feature in lexicon.features}
    found: dict[str, set[str]] = {}
    for feature, opinion in lexicon.pairs:
        found.setdefault(opinion, set()).update(first.get(feature, ()))
    return {opinion: frozenset(words) for opinion, words in found.items()}


def _end_comparison(roles: list[int]) -> None:
    """ "as good as the rest": the second of two equality words ends what is judged, like "than"."""
    places = [at for at, role in enumerate(roles) if role & EQUAL]
    for first, second in zip(places, places[1:], strict=False):
        if any(role & OPINION for role in roles[first:second]):
            roles[second] |= THAN


def _is_meant(roles: list[int], at: int) -> bool:
    """Not an intensifier here ("pretty good"), and a guarded verb has its subject ("I like", not "sounds like")."""
    role = roles[at]
    if role & INTENSIFIER and at + 1 < len(roles) and roles[at + 1] & (OPINION | INTENSIFIER):
        return False
    if not role & GUARDED:
        return True
    for before in reversed(roles[max(0, at - SUBJECT_BEFORE) : at]):
        if before & PRONOUN or (before & NEGATION and at):
            return True
        if not before & (INTENSIFIER | NEGATION | MODAL):
            return False
    return False
