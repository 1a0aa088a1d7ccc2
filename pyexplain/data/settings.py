"""How a data set was made, and the scale of equation (1), which that fixes: what counts and sentiments come to, in which bounds,
and what stands for "never mentioned"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Protocol = Literal["heldout", "paper"]


def user_strength(count: npt.ArrayLike, max_rating: float) -> npt.NDArray[np.float32]:
    """1 + (T - 1) (2 / (1 + exp(-count)) - 1), in 1..T; paper, eq. (1) left."""
    c = np.asarray(count, dtype=np.float64)
    return (1 + (max_rating - 1) * (2 / (1 + np.exp(-c)) - 1)).astype(np.float32)


def item_quality(sentiment_sum: npt.ArrayLike, max_rating: float) -> npt.NDArray[np.float32]:
    """1 + (T - 1) / (1 + exp(-count * mean sentiment)), in 1..T; paper, eq. (1) right."""
    s = np.asarray(sentiment_sum, dtype=np.float64)
    return (1 + (max_rating - 1) / (1 + np.exp(-s))).astype(np.float32)


@dataclass(frozen=True)
class Settings:
    """How a data set was made; kept in dataset.json.

    min_rating: ratings from here on are liked. max_rating: T of eq. (1), the top of the feature values; ratings themselves go from
    lowest_rating to highest_rating, whatever T is. unmentioned: what a word has that was never mentioned; see unmentioned_value.
    never: names of features that nobody is told of; see unsaid.py.
    """

    source: str
    split: str = "random"
    seed: int = 0
    min_rating: float = 4.0
    max_rating: float = 5.0
    unmentioned: Literal["zero", "literal"] = "zero"
    n_candidates: int = 100
    lowest_rating: float = 1.0
    highest_rating: float = 5.0
    never: tuple[str, ...] = ()

    def unmentioned_value(self, side: str) -> float:
        """What eq. (1) gives a word that was never mentioned, by side, "user" or "item". Values of words are kept less this, so
        that what was never mentioned is not stored. 0, as in the published data; by the literal reading 1 of users, a count of
        zero, and 1 + (T - 1) / 2 of items, a sum of zero."""
        if self.unmentioned == "zero":
            return 0.0
        return 1.0 if side == "user" else 1 + (self.max_rating - 1) / 2

    def bounds(self, side: str) -> tuple[float, float]:
        """The least and the largest value that is kept of a word: 0..T; by the literal reading 0..T - 1 of users and
        -(T - 1)/2..(T - 1)/2 of items."""
        zero = self.unmentioned_value(side)
        return min(0.0, 1 - zero), self.max_rating - zero
