"""Sentences that an explainer wrote, beside those of the held-out review of the same user and item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..data.kinds import WORD
from ..data.types import Dataset
from .base import Metric, MetricInput
from .types import Direction, Float, Values

Int = npt.NDArray[np.int64]
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PLURAL = "(?:['’]?s)?"


@dataclass(frozen=True, eq=False)
class FirstSentences:
    """Of n pairs of the explanations whose held-out review has a sentence: users [n]; features [n] and texts [n] of the first
    sentence that was written, -1 and "" where there is none; references [n]: the sentences of the review, each once."""

    users: Int
    features: Int
    texts: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.users)


def find_first_sentences(given: MetricInput) -> FirstSentences:
    """The first sentence of each pair: what the method puts first; others are not looked at."""
    explained = given.explanations
    assert explained is not None
    assert explained.sentences is not None
    written: dict[tuple[int, int], dict[str, None]] = {}
    frame = given.data.heldout
    for user, item, text in zip(*(frame[name].tolist() for name in ("user", "item", "sentence")), strict=True):
        if tokens_of(str(text)):
            written.setdefault((user, item), {})[str(text)] = None
    pairs = list(zip(explained.users.tolist(), explained.items.tolist(), strict=True))
    rows = [row for row, pair in enumerate(pairs) if pair in written]
    first = [explained.sentences[row][:1] for row in rows]
    features = np.array([one[0].feature if one else -1 for one in first], dtype=np.int64)
    texts = tuple(one[0].text if one else "" for one in first)
    return FirstSentences(explained.users[rows], features, texts, tuple(tuple(written[pairs[row]]) for row in rows))


def tokens_of(text: str) -> list[str]:
    """Words in small letters, as they are compared: runs of letters and digits, apostrophes within them; no marks."""
    return _TOKEN.findall(text.lower())


class Phrases:
    """Looks for known phrases in texts: whole words, with or without the s of a plural or genitive, the longest first, from the
    left, none within another."""

    def __init__(self, phrases: list[str]) -> None:
        self._number = {self._key(phrase): number for number, phrase in reversed(list(enumerate(phrases))) if self._key(phrase)}
        forms = sorted(self._number, key=lambda form: (-len(form), form))
        every = "|".join((_PLURAL + r"[\s/-]+").join(map(re.escape, form)) for form in forms)
        self._pattern = re.compile(rf"(?<![^\W_])(?:{every}){_PLURAL}(?![^\W_])")

    def found(self, text: str) -> list[int]:
        """Numbers of the phrases in a text, as they come."""
        runs = (self._key(match.group()) for match in self._pattern.finditer(text.lower()))
        return [self._number[run] for run in runs if run in self._number]

    @staticmethod
    def _key(phrase: str) -> tuple[str, ...]:
        words = tokens_of(phrase)
        return tuple(word.removesuffix("'s").removesuffix("’s").removesuffix("s") for word in words)


def names_of_words(data: Dataset) -> tuple[Phrases, Int]:
    """The names of the features that are words, and their numbers in the data set."""
    indices = data.features.of_kind(WORD)
    return Phrases([data.features[int(number)] for number in indices]), indices


def find_named(given: MetricInput) -> list[frozenset[int]]:
    """The features that each of the first sentences names, [n]."""
    phrases, indices = names_of_words(given.data)
    return [frozenset(int(indices[at]) for at in phrases.found(text)) for text in given.once(find_first_sentences).texts]


class TextMetric(Metric):
    """Common to metrics of generated text: of held-out pairs whose review has a sentence; a pair without a sentence is judged."""

    group = "text"
    direction: ClassVar[Direction] = "higher"
    needs = frozenset({"explanations", "sentences"})
    at_k = False
    beside_controls = False  # none of the controls writes

    def of_users(self, given: MetricInput, values: Float, parts: Float | None = None) -> Values:
        """A value of each of the first sentences."""
        return Values(given.once(find_first_sentences).users, values, parts)
