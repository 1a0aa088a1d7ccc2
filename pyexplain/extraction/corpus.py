"""A bounded sample of reviews as numbers: what learning looks at, as often as it needs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

import numpy as np
import numpy.typing as npt

from ..data.types import Reviews
from .tokens import asks, clean, sentences, tokens

Ids = npt.NDArray[np.int32]
END = "\n"  # stands between sentences; number 0
BLOCK = 4096  # reviews sifted at once
# A word with a capital within a sentence; nothing in texts that are all capitals.
_CAPITAL = re.compile(r"(?<=[a-zß-ÿ,] )[A-ZÀ-ÖØ-Þ][^\W\d_A-ZÀ-ÖØ-Þ]+")
MAX_WORDS = 2_000_000  # distinct words; those that come later in a larger text are left out


class Corpus:
    """Every review up to `limit`; beyond it every second, fourth, ... one, so that the sample spreads evenly over the file."""

    def __init__(self, limit: int) -> None:
        self.limit, self.stride, self.seen = limit, 1, 0
        self.numbers: defaultdict[str, int] = defaultdict(count().__next__)
        self.numbers[END]
        self.texts: list[Ids] = []
        self.items: list[int] = []  # of each text, numbered
        self._capitals: list[str] = []  # words with a capital within a sentence
        self._items: defaultdict[str, int] = defaultdict(count().__next__)
        self.ratings: list[float] = []

    def add(self, chunks: Iterable[Reviews]) -> None:
        """Take the sample's share of these reviews."""
        for chunk in chunks:
            for text, rating, item in zip(*(chunk.frame[name].tolist() for name in ("text", "rating", "item")), strict=True):
                if self.seen % self.stride == 0:
                    self._keep(text, rating, self._items[item])
                self.seen += 1

    def _keep(self, text: str, rating: float, item: int) -> None:
        words: list[str] = []
        self._capitals += _CAPITAL.findall(text)
        for sentence in sentences(clean(text)):
            if not asks(sentence):
                words += tokens(sentence)
                words.append(END)
        if len(self.numbers) > MAX_WORDS:
            words = [word for word in words if word in self.numbers]
        self.texts.append(np.fromiter(map(self.numbers.__getitem__, words), np.int32, len(words)))
        self.ratings.append(rating)
        self.items.append(item)
        if len(self.texts) > self.limit:
            self.texts, self.ratings, self.items = self.texts[::2], self.ratings[::2], self.items[::2]
            self.stride *= 2

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def words(self) -> list[str]:
        """By number."""
        return list(self.numbers)

    def capitals(self) -> Counter[str]:
        """word -> times with a capital within a sentence, in lower case."""
        return Counter(word.lower() for word in self._capitals)

    def ids(self) -> Ids:
        """All reviews one after another."""
        return np.concatenate(self.texts) if self.texts else np.zeros(0, np.int32)

    def sentences(self, roles: npt.NDArray[np.int64], wanted: tuple[int, ...]) -> Iterator[tuple[int, list[str], list[int], int]]:
        """(review, words, their roles, all roles in one) of each sentence that has every wanted bit.

        roles [words]: bits by number of a word. Whole blocks of reviews are sifted at once; few sentences become lists.
        """
        names = np.array(self.words, dtype=object)
        for first in range(0, len(self.texts), BLOCK):
            texts = self.texts[first : first + BLOCK]
            ids = np.concatenate(texts)
            stops = np.flatnonzero(ids == 0)  # every sentence ends with END
            if not len(stops):
                continue
            starts = np.concatenate([[0], stops[:-1] + 1])
            of = first + np.searchsorted(np.cumsum([len(text) for text in texts]), starts, side="right")
            bits = roles[ids]
            present = np.bitwise_or.reduceat(bits, starts)
            kept = np.flatnonzero(np.logical_and.reduce([present & bit != 0 for bit in wanted]))
            for start, stop, review, all_of in zip(*(part[kept].tolist() for part in (starts, stops, of, present)), strict=True):
                yield review, names[ids[start:stop]].tolist(), bits[start:stop].tolist(), all_of
