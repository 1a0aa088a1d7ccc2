"""Misspellings within reason: one slip (a letter lost, doubled, changed, or two swapped) in a word of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST = 5  # shorter words have too many neighbours that are words themselves
CHANGEABLE = 6  # and those shorter than this have too many at one changed letter ("seams", "scams")
_STRETCHED = re.compile(r"(\w)\1{2,}")


class Speller:
    """Words of the vocabulary by what is left of them without one letter (the idea of SymSpell)."""

    def __init__(self, vocabulary: Iterable[str], known: frozenset[str]) -> None:
        self.known = known
        self.vocabulary = frozenset(vocabulary)
        self.shortened: dict[str, list[str]] = {}
        for word in sorted(self.vocabulary):
            if len(word) >= SHORTEST and word.isalpha():
                for rest in _shortened(word):
                    self.shortened.setdefault(rest, []).append(word)

    def correct(self, word: str) -> str | None:
        """The one word of the vocabulary that is a slip away and begins with the same letter; None if there is none or several."""
        if len(word) < SHORTEST or word in self.known or word in self.vocabulary or not word.isalpha():
            return None
        stretched = _STRETCHED.search(word)
        if stretched is not None:  # "sooooo", "greaaat"
            for shorter in (_STRETCHED.sub(r"\1", word), _STRETCHED.sub(r"\1\1", word)):
                if shorter in self.vocabulary:
                    return shorter
        right = {c for c in self._near(word) if c[0] == word[0] and is_one_slip(word, c)}
        if len(word) < CHANGEABLE:
            right = {c for c in right if len(c) != len(word) or sorted(c) == sorted(word)}
        return right.pop() if len(right) == 1 else None

    def neighbours(self, word: str) -> set[str]:
        """The words of the vocabulary that are a slip away and begin with the same letter."""
        return {c for c in self._near(word) if c != word and c[0] == word[0] and is_one_slip(word, c)}

    def _near(self, word: str) -> set[str]:
        found = set(self.shortened.get(word, ()))  # a letter lost
        for rest in _shortened(word):
            found.update(self.shortened.get(rest, ()))  # changed or swapped
            if rest in self.vocabulary:  # one too many
                found.add(rest)
        return found


def _shortened(word: str) -> list[str]:
    return [word[:k] + word[k + 1 :] for k in range(len(word))]


def is_one_slip(a: str, b: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes a into b (Damerau 1964)."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    x, y = a[start:], b[start:]
    return x[1:] == y or x == y[1:] or x[1:] == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:] and len(x) >= 2)
