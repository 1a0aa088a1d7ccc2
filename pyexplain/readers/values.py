"""Numbers and times as people and programs write them: times as seconds since 1970."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ..errors import either

MILLISECONDS = 1e11  # a number beyond this cannot be seconds: it would be the year 5138
MICROSECONDS, NANOSECONDS = 1e14, 1e17
NO_TIME = -1  # stands for the time where none is known
NUMBERS = frozenset({int, float})
_TOLD = either('date_format="%d/%m/%Y"', "--date-format %d/%m/%Y")
_WITHOUT = either('columns={"time": "-"}', "--columns time=-")
FORMS = (
    "Times are seconds or milliseconds since 1970, ISO dates (2014-05-14, 2014-05-14 16:53:20+02:00), 'Wed May 14 16:53:20 -0700 "
    "2014', '05 14, 2014', 'May 14, 2014', '14 May 2014' or 14.05.2014. "
    f"Name any other form ({_TOLD}), or go without times ({_WITHOUT})."
)
NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(NAMES, 1)}
_CLOCK = r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
_ZONE = r"(?: ?(?P<zone>[+-]\d\d:?\d\d|utc|gmt|z))?"
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_WEEKDAY}{_MONTH} (?P<day>\d{{1,2}}){_CLOCK}{_ZONE} (?P<year>\d{{4}})",  # Goodreads, ctime: the year comes last
        rf"{_WEEKDAY}{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}}){_CLOCK}{_ZONE}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -]{_MONTH},?[ -](?P<year>\d{{4}}){_CLOCK}{_ZONE}",  # RFC 5322
        rf"(?P<month>\d{{1,2}}) (?P<day>\d{{1,2}}), ?(?P<year>\d{{4}}){_CLOCK}",  # Amazon's reviewTime
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_CLOCK}",
        rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_CLOCK}{_ZONE}",
    )
)


def as_number(value: Any) -> float:
    """A cell as a number. Raises ValueError, TypeError or OverflowError for what is none, "1_0" among it: ten to Python alone."""
    if (type(value) is str and "_" in value) or (isinstance(value, bytes | bytearray) and b"_" in value):
        raise ValueError("digits in groups are no number outside of Python")
    return float(value)


def seconds(value: Any, form: str = "") -> Any:
    """A time as seconds since 1970, UTC where no zone is given; form: strptime's, tried instead of the usual ones.

    Numbers are seconds, or milli-, micro- or nanoseconds where they are too large for that; eight digits that make a date are
    one. What has no known form comes back unchanged, to be rejected with the value shown.
    """
    if form and isinstance(value, str):
        return _as_told(value, form)
    try:
        number = as_number(value)
    except (TypeError, ValueError, OverflowError):
        return _written(value) if isinstance(value, str) else value
    if MILLISECONDS < number < math.inf:
        return number / (1e3 if number <= MICROSECONDS else 1e6 if number <= NANOSECONDS else 1e9)
    if isinstance(value, str) and len(value) == 8 and value.startswith(("19", "20")) and value.isdecimal():
        return _written(value)
    return value


def as_seconds(values: list[Any], form: str = "") -> list[Any]:
    """`seconds` of each; numbers that are seconds already come back as they are."""
    if NUMBERS.issuperset(map(type, values)) and -math.inf < min(values, default=0) and max(values, default=0) <= MILLISECONDS:
        return values
    return [seconds(value, form) for value in values]


def _as_told(text: str, form: str) -> Any:
    try:
        return _stamp(datetime.strptime(text.strip(), form))
    except (ValueError, re.error):
        return text


def _written(text: str) -> Any:
    text = text.strip()
    if len(text) > 80:
        return text
    try:
        return _stamp(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    words = " ".join(text.split())
    for pattern in _PATTERNS:
        if found := pattern.fullmatch(words):
            try:
                return _stamp(_moment(found.groupdict()))
            except (ValueError, OverflowError):
                continue
    return text


def _moment(parts: dict[str, str | None]) -> datetime:
    month = (parts["month"] or "").lower()
    year, day = int(parts["year"] or 0), int(parts["day"] or 0)
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    number = MONTHS[month] if month in MONTHS else int(month)
    return datetime(year, number, day, hour, minute, second, tzinfo=_zone(parts.get("zone") or ""))


def _zone(text: str) -> timezone:
    if not text or text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _stamp(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
