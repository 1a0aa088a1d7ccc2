"""Checks each review and gathers them into chunks; the same checks for every format."""

from __future__ import annotations

import time as clock
from typing import Any

import numpy as np
import pandas as pd

from ..data.types import Reviews
from .base import ReadOptions
from .read_log import Tally

DAY = 86_400
NO_TIME = -1


class ReviewRows:
    """Takes records one by one; `full` says when a chunk is ready, `take()` hands it on."""

    def __init__(self, file: str, options: ReadOptions, tally: Tally) -> None:
        self.file, self.options, self.tally = file, options, tally
        self.lowest, self.highest = options.min_rating, options.max_rating
        # A day of grace: time zones, and clocks that are a little off.
        self.latest = (clock.time() if options.now is None else options.now) + DAY
        self.columns: tuple[list[Any], ...] = ([], [], [], [], [])

    @property
    def full(self) -> bool:
        """Whether a chunk's worth has been gathered."""
        return len(self.columns[0]) >= self.options.chunk

    def add(self, line: int, user: Any, item: Any, rating: Any, text: Any, time: Any) -> None:
        """One record of `line`, as found in the file; time in seconds, or NO_TIME where the format has none.

        What does not pass the checks goes to tally.reject.
        """
        self.tally.read += 1
        try:
            stars, seconds = _number(rating), int(_number(time))
        except (TypeError, ValueError, OverflowError):
            self._reject_number(line, rating, time)
            return
        if not self.lowest <= stars <= self.highest:
            scale = f"{self.lowest:g}..{self.highest:g}"
            self._reject(
                line, "rating outside the scale", f"rating {stars:g} is outside {scale}", "Set the scale, or repair the line."
            )
        elif not (_is_id(user) and _is_id(item)):
            whose = "item" if _is_id(user) else "user"
            self._reject(line, "empty id", f"the {whose} id is empty or no text", "Repair or remove the line.")
        elif seconds > self.latest:
            self._reject(line, "time in the future", f"time {seconds} is in the future", "Times are seconds since 1970.")
        elif seconds < NO_TIME or (seconds == NO_TIME and time != NO_TIME):
            self._reject(line, "time out of range", f"time {seconds} is before 1970", "Times are seconds since 1970.")
        else:
            for column, value in zip(self.columns, (user, item, stars, text or "", seconds), strict=True):
                column.append(value)

    def _reject_number(self, line: int, rating: Any, time: Any) -> None:
        try:
            _number(rating)
        except (TypeError, ValueError, OverflowError):
            reason = "rating missing" if rating in (None, "") else "rating not a number"
            what = "the rating is missing" if rating in (None, "") else f"rating {str(rating)[:40]!r} is not a number"
            self._reject(line, reason, what, "Repair or remove the line.")
            return
        reason = "time missing" if time in (None, "") else "time not a number"
        what = "the time is missing" if time in (None, "") else f"time {str(time)[:40]!r} is not a number"
        self._reject(line, reason, what, "Times are seconds since 1970; repair or remove the line.")

    def _reject(self, line: int, reason: str, what: str, hint: str) -> None:
        self.tally.reject(reason, what, f"{self.file}:{line}", hint)

    def take(self) -> Reviews:
        """The chunk gathered so far; gathering starts anew."""
        users, items, ratings, texts, times = self.columns
        self.columns = ([], [], [], [], [])
        self.tally.kept += len(users)
        self.tally.notes["without text"] += texts.count("")
        frame = pd.DataFrame(
            {
                "user": _strings(users),
                "item": _strings(items),
                "rating": np.array(ratings, dtype=np.float64),
                "text": _strings(texts),
                "time": np.array(times, dtype=np.int64),
            }
        )
        return Reviews(frame)


def _number(value: Any) -> float:
    if type(value) is bool:
        raise TypeError("true and false are no numbers")
    return float(value)


def _is_id(value: Any) -> bool:
    return (type(value) is str and bool(value) and not value.isspace()) or type(value) is int


def _strings(values: list[Any]) -> pd.Series:
    texts = [value if type(value) is str else str(value) for value in values]
    try:
        return pd.Series(texts, dtype="str")
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON escapes may hold
        return pd.Series([text.encode("utf-8", "replace").decode("utf-8") for text in texts], dtype="str")
