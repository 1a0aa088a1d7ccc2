"""What a value of f_u means: equation (1) read backwards, or a count as it is."""

from __future__ import annotations

import math

SURE = 0.05  # counts nearer to a whole number than this are that number


def times_written(value: float, max_rating: float, unmentioned: float = 0.0) -> float:
    """How often a user who has this value writes about the feature: the count that eq. (1) turns into it; infinity at the top of
    the scale, 0 at 1 and below (0 stands for "never" where what is not mentioned is left out). max_rating 0: values are counts.
    unmentioned: what values are kept less (Settings.unmentioned_value)."""
    if max_rating == 0:
        return value
    share = (value + unmentioned - 1) / (max_rating - 1)
    if share <= 0:
        return 0.0
    return math.inf if share >= 1 else 2 * math.atanh(share)


def is_whole(count: float) -> bool:
    """Whether a count is one that reviews can have, and not between two."""
    return math.isfinite(count) and abs(count - round(count)) < SURE
