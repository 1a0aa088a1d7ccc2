"""Checks each review and gathers them into chunks; the same checks for every format."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..data.types import Reviews
from ..errors import either
from .base import ReadOptions
from .read_log import ReadLog
from .usual_rows import Values, usual
from .values import FORMS, NO_TIME, as_number

DAY = 86_400

THUMBS = {"true": 1.0, "false": 0.0, "recommended": 1.0, "not recommended": 0.0}
NO_RATING = object()  # stands for the rating of a format that has none: the pair counts as liked
MISSING = (None, "")
WORDS_FOR_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
UNRATED = "not rated"
NO_TEXT = "without text"
LIKED = "without a rating, taken as liked"


class ReviewRows:
    """Takes records one by one; `full` says when a chunk is ready, `take()` hands it on."""

    def __init__(self, file: str, options: ReadOptions, log: ReadLog) -> None:
        self.file, self.options, self.log = file, options, log
        self.lowest, self.highest = options.min_rating, options.max_rating
        if options.find_scale:  # every number is taken until it is known which are bad
            self.lowest, self.highest = -math.inf, math.inf
        # A day of grace: time zones, and clocks that are a little off.
        self.latest = (clock.time() if options.now is None else options.now) + DAY
        self.columns: tuple[list[Any], ...] = ([], [], [], [], [], [])

    @property
    def full(self) -> bool:
        """Whether a chunk's worth has been gathered."""
        return len(self.columns[0]) >= self.options.chunk

    def add(self, line: int, user: Any, item: Any, rating: Any, text: Any, time: Any, summary: Any = None, split: Any = "") -> None:
        """One record of `line`, as found in the file; time in seconds, or NO_TIME where the format has none. summary: a headline
        that goes before the text. split: the part (train, valid, test) that the file gives it, "" for none.

        What does not pass the checks goes to log.reject; what is not rated is left out, or liked, as the options say.
        """
        self.log.read += 1
        try:
            stars = self._stars(rating)
            seconds = int(_number(time))
        except (TypeError, ValueError, OverflowError):
            self._reject_number(line, rating, time)
            return
        if stars is None:
            self.log.dropped[UNRATED] += 1
        elif math.isnan(stars):
            self._reject_number(line, None, time)
        elif not (self.lowest <= stars <= self.highest and math.isfinite(stars)):
            what = f"rating {stars:g} is outside {self.options.min_rating:g}..{self.options.max_rating:g}"
            scale = either("min_rating=LOW, max_rating=HIGH", "--rating-scale LOW..HIGH")
            self._reject(line, "rating outside the scale", what, f"Set the scale ({scale}), or repair the line.")
        elif not (_is_id(user := _whole(user)) and _is_id(item := _whole(item))):
            whose = "item" if _is_id(user) else "user"
            self._reject(line, "empty id", f"the {whose} id is empty or no text", "Repair or remove the line.")
        elif seconds > self.latest:
            self._reject(line, "time in the future", f"time {seconds} is in the future", "Times are seconds since 1970.")
        elif seconds < NO_TIME or (seconds == NO_TIME and time != NO_TIME):
            self._reject(line, "time out of range", f"time {seconds} is before 1970", "Times are seconds since 1970.")
        else:
            text = self._text(text)
            if summary and (headline := self._text(summary)):
                text = f"{headline}\n{text}"
            for column, value in zip(self.columns, (user, item, stars, text, seconds, split or ""), strict=True):
                column.append(value)

    def add_all(self, lines: Sequence[int], values: Values) -> Iterator[Reviews]:
        """Many records, as `add` takes them one by one (user, item, rating, text, time, summary); the chunks that become full."""
        start = 0
        while start < len(lines):
            part = slice(start, start + self.options.chunk - len(self.columns[0]))
            start = part.stop
            some = Values(*(column[part] for column in values))
            checked = usual(some, (self.lowest, self.highest), self.latest, self.options.unrated)
            if checked is None:
                for line, (user, item, rating, text, time, summary) in zip(lines[part], zip(*some, strict=True), strict=True):
                    self.add(line, user, item, rating, text, time, summary)
            else:
                self.log.read += len(some.user)
                if self.options.find_scale:
                    self.log.ratings.add_all(checked[2])
                whole: list[Any] = [*checked, [""] * len(some.user)]
                for mine, column in zip(self.columns, whole, strict=True):
                    mine.extend(column)
            if self.full:
                yield self.take()

    def _stars(self, rating: Any) -> float | None:
        """The rating as a number; None for one that is left out. Raises ValueError or TypeError for what is none."""
        options = self.options
        if rating is NO_RATING:
            return options.max_rating
        if options.without_rating != "error" and _is_missing(rating):
            return self._unrated()
        thumb = False
        if type(rating) is float or type(rating) is int:
            stars = float(rating)
        else:
            stars, thumb = _written(rating)
            if thumb and not (options.thumbs or options.find_scale):
                raise ValueError("true or false on a numeric scale")
        if stars == options.unrated:
            return self._unrated()
        if options.find_scale and math.isfinite(stars):
            self.log.ratings.add(stars, thumb)
        return stars

    def _unrated(self) -> float | None:
        if self.options.without_rating != "liked":
            return None
        self.log.notes[LIKED] += 1
        return self.options.max_rating

    def _text(self, text: Any) -> str:
        """A missing text (None, NaN) is empty; what is no text at all is left out and counted."""
        if type(text) is str:
            return text
        if isinstance(text, list) and all(type(part) is str for part in text):
            return "\n".join(text)
        if text is not None and not (isinstance(text, float) and math.isnan(text)):
            self.log.notes["text that is not a text, left out"] += 1
        return ""

    def _reject_number(self, line: int, rating: Any, time: Any) -> None:
        try:
            self._stars(rating)
        except (TypeError, ValueError, OverflowError):
            reason = "rating missing" if rating in MISSING else "rating not a number"
            what = "the rating is missing" if rating in MISSING else f"rating {str(rating)[:40]!r} is not a number"
            drop = either('without_rating="drop"', "--without-rating drop")
            hint = f"Repair or remove the line, or leave such records out: {drop}." if rating in MISSING else ""
            self._reject(line, reason, what, hint or "Repair or remove the line.")
            return
        reason = "time missing" if time in MISSING else "time not a number"
        what = "the time is missing" if time in MISSING else f"time {str(time)[:40]!r} is not a number, nor a date of a known form"
        self._reject(line, reason, what, FORMS)

    def _reject(self, line: int, reason: str, what: str, hint: str) -> None:
        self.log.reject(reason, what, f"{self.file}:{line}", hint)

    def take(self) -> Reviews:
        """The chunk gathered so far; gathering starts anew."""
        users, items, ratings, texts, times, parts = self.columns
        self.columns = ([], [], [], [], [], [])
        self.log.kept += len(users)
        self.log.notes[NO_TEXT] += texts.count("")
        frame = pd.DataFrame(
            {
                "user": _strings(users),
                "item": _strings(items),
                "rating": np.array(ratings, dtype=np.float64),
                "text": _strings(texts),
                "time": np.array(times, dtype=np.int64),
            }
        )
        return Reviews(frame.assign(split=_strings(parts)) if any(parts) else frame)


def _number(value: Any) -> float:
    if type(value) is bool:
        raise TypeError("true and false are no numbers")
    return as_number(value)


def _written(rating: Any) -> tuple[float, bool]:
    """A rating that is no number yet, and whether it is a thumb; a decimal comma, as much of Europe writes it, is a point."""
    if type(rating) is bool:
        return float(rating), True
    if not isinstance(rating, str):
        return as_number(rating), False
    try:
        return as_number(rating), False
    except ValueError:
        text = rating.strip().lower()
        if text in THUMBS:
            return THUMBS[text], True
        if text.count(",") == 1 and len(text) < 8:
            return as_number(text.replace(",", ".")), False
        raise


def _is_missing(rating: Any) -> bool:
    if isinstance(rating, str):
        return rating.strip().lower() in WORDS_FOR_MISSING
    return rating is None or (isinstance(rating, float) and math.isnan(rating))


def _is_id(value: Any) -> bool:
    return (type(value) is str and bool(value) and not value.isspace()) or type(value) is int


def _whole(value: Any) -> Any:
    """12 for 12.0: a column of numbers with gaps in it is one of fractions in many programs."""
    return int(value) if type(value) is float and value.is_integer() else value


def _strings(values: list[Any]) -> pd.Series:
    texts = [value if type(value) is str else str(value) for value in values]
    try:
        return pd.Series(texts, dtype="str")
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON escapes may hold
        return pd.Series([text.encode("utf-8", "replace").decode("utf-8") for text in texts], dtype="str")
