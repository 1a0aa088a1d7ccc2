"""The scale of ratings: told, or found from the ratings themselves where they leave no doubt; and from where on one is liked."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import UsageError

MOST_VALUES = 1000  # distinct ratings that are looked at; more are no steps of a scale
ENOUGH = 20  # ratings below which nothing is found
FEW = 3  # ratings outside 1..5 below which they are taken for mistakes
CLEAR = 0.99  # share of the ratings that must lie on a scale; what does not is a bad record


@dataclass(frozen=True)
class Scale:
    """Ratings from low to high. unrated: a number that says "not rated". thumbs: True and False, which count as 1 and 0."""

    low: float = 1.0
    high: float = 5.0
    unrated: float | None = None
    thumbs: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise UsageError(f"the scale of ratings is empty: {self.low:g}..{self.high:g}", where="option rating scale")

    @staticmethod
    def parse(text: str) -> Scale:
        """From LOW..HIGH, for example 0.5..5."""
        found = re.fullmatch(r"\s*([+-]?[\d.]+?)\s*\.\.\s*([+-]?[\d.]+)\s*", text)
        try:
            low, high = map(float, found.groups()) if found else (math.nan, math.nan)
        except ValueError:
            low = high = math.nan
        if not low < high or math.isinf(high - low):
            raise UsageError(f"{text[:40]!r} is not a scale LOW..HIGH", where="--rating-scale", hint="For example: 1..10 or 0.5..5")
        return Scale(low, high, thumbs=(low, high) == (0, 1))

    @property
    def step(self) -> float | None:
        """The distance of neighbours: a half where an end is one, 1 on whole numbers up to ten apart, else not known."""
        if (self.low * 2) % 2 == 1 or (self.high * 2) % 2 == 1:
            return 0.5
        whole = float(self.low).is_integer() and float(self.high).is_integer()
        return 1.0 if whole and self.high - self.low <= 10 else None

    @property
    def liked(self) -> float:
        """The least rating of the upper two fifths: 4 on 1..5, 3.5 on 0.5..5, 7 on 1..10, 1 on 0..1, 68 on 20..100."""
        if self.step is None:
            return self.low + 0.6 * (self.high - self.low)
        steps = round((self.high - self.low) / self.step) + 1
        return self.high - self.step * (max(1, int(0.4 * steps + 1e-9)) - 1)

    def said(self) -> str:
        """For the terminal."""
        zero = "; 0 is taken as 'not rated'" if self.unrated == 0 else ""
        if self.thumbs:
            return "ratings are 1 and 0, thumbs up and down"
        return f"ratings go from {self.low:g} to {self.high:g}{zero}"


@dataclass(frozen=True)
class _Candidate:
    """A scale, the numbers that may lie on it (multiples of step from low to high), and the share of ratings outside 1..5 that it
    takes to believe in it: one strange rating makes no scale."""

    scale: Scale
    low: float
    high: float
    step: float
    least: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high and float(value / self.step).is_integer()


USUAL = Scale()
_CANDIDATES = (
    _Candidate(Scale(0, 1, thumbs=True), 0, 1, 1, 0.02),
    _Candidate(Scale(1, 5, unrated=0), 0, 5, 1, 0.002),
    _Candidate(Scale(0.5, 5), 0.5, 5, 0.5, 0.002),
    _Candidate(Scale(0, 5), 0, 5, 0.5, 0.002),
    _Candidate(Scale(1, 10), 1, 10, 0.5, 0.1),
    _Candidate(Scale(0, 10), 0, 10, 0.5, 0.1),
    _Candidate(Scale(20, 100), 20, 100, 20, 0.1),
    _Candidate(Scale(0, 100), 0, 100, 1, 0.5),
)


class Ratings:
    """How often each rating was met; of more than a thousand distinct ones the later ones are counted in the total alone."""

    def __init__(self) -> None:
        self.counts: Counter[float] = Counter()
        self.thumbs = self.total = 0

    def add(self, rating: float, thumb: bool = False) -> None:
        """One rating; thumb: it was written as True or False."""
        self.total += 1
        self.thumbs += thumb
        if rating in self.counts or len(self.counts) < MOST_VALUES:
            self.counts[rating] += 1

    def add_all(self, ratings: npt.NDArray[np.float64]) -> None:
        """Ratings [n] that were all written as numbers."""
        found, counts = np.unique(ratings, return_counts=True)
        if len(found) + len(self.counts) > MOST_VALUES:
            for rating in ratings.tolist():
                self.add(rating)
            return
        self.total += len(ratings)
        for rating, count in zip(found.tolist(), counts.tolist(), strict=True):
            self.counts[rating] += count

    def within(self, scale: Scale) -> bool:
        """Whether every rating is a number of this scale."""
        if self.total > sum(self.counts.values()) or (self.thumbs and not scale.thumbs):
            return False
        return all(scale.low <= value <= scale.high for value in self.counts)

    def scale(self) -> Scale:
        """The scale that nearly all of these ratings lie on; 1..5 where they do not say it clearly."""
        if self.thumbs and self.thumbs >= CLEAR * self.total:
            return Scale(0, 1, thumbs=True)
        outside = sum(count for value, count in self.counts.items() if not USUAL.low <= value <= USUAL.high)
        if self.total < ENOUGH or self.thumbs or outside < FEW:
            return USUAL
        for candidate in _CANDIDATES:
            fitting = sum(count for value, count in self.counts.items() if candidate.holds(value))
            if fitting >= CLEAR * self.total and outside >= candidate.least * self.total:
                return candidate.scale
        return USUAL
