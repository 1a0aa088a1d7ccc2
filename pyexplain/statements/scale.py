"""What a value of f_u means: equation (1) read backwards, or a count as it is."""

from __future__ import annotations

import math
from typing import NamedTuple, Self

from ..data.types import Dataset

SURE = 0.05  # counts nearer to a whole number than this are that number


MOST_TIMES = 10  # above, eq. (1) tells counts apart in the fifth digit only


class Scale(NamedTuple):
    """What values of f_u stand for. top: T, where eq. (1) ends, and where counts are cut off; counted: values are counts, and not
    eq. (1)'s; unmentioned: what eq. (1)'s values of words are kept less (Settings.unmentioned_value)."""

    top: float = 5.0
    counted: bool = False
    unmentioned: float = 0.0

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """That of the users' features."""
        return cls(data.settings.max_rating, data.counted, data.settings.unmentioned_value("user"))

    def times(self, value: float, kind: str = "word") -> tuple[float, bool]:
        """How often, and whether it may as well be more often than that: where counts are cut off, or eq. (1) tells none apart."""
        if self.counted:
            return value, value >= self.top
        found = times_written(value, self.top, self.unmentioned if kind == "word" else 0.0)
        return min(found, MOST_TIMES), found > MOST_TIMES


def times_written(value: float, max_rating: float, unmentioned: float = 0.0) -> float:
    """How often a user who has this value writes about the feature: the count that eq. (1) turns into it; infinity at the top of
    the scale, 0 at 1 and below (0 stands for "never" where what is not mentioned is left out).
    unmentioned: what values are kept less (Settings.unmentioned_value)."""
    share = (value + unmentioned - 1) / (max_rating - 1)
    if share <= 0:
        return 0.0
    return math.inf if share >= 1 else 2 * math.atanh(share)


def is_whole(count: float) -> bool:
    """Whether a count is one that reviews can have, and not between two."""
    return math.isfinite(count) and abs(count - round(count)) < SURE
