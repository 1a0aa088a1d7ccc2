"""Amazon review files of 2014, 2018 and 2023: one JSON object a line, packed by gzip or not.

2014 and 2018 (He and McAuley 2016; Ni, Li and McAuley 2019): reviewerID, asin, overall, reviewText, summary, unixReviewTime.
2023 (Hou et al. 2024): user_id, parent_asin, rating, text, title, timestamp in milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from pyexplain import Reviews, hookimpl
from pyexplain.readers import Reader, ReadOptions, ReviewRows, Tally, decoded, lines


@dataclass(frozen=True)
class Keys:
    """What the file calls user, item, rating, text, headline and time, and how many of its time units make a second."""

    user: str
    item: str
    rating: str
    text: str
    summary: str
    time: str
    per_second: int = 1


OLD = Keys("reviewerID", "asin", "overall", "reviewText", "summary", "unixReviewTime")
NEW = Keys("user_id", "parent_asin", "rating", "text", "title", "timestamp", per_second=1000)


class AmazonReader(Reader):
    """Common to both: a subclass names its keys."""

    kind = "reviews"
    keys: Keys

    def detect(self, path: Path, head: bytes) -> bool:
        """One of the first lines is a JSON object with our user and item keys."""
        wanted = (self.keys.user, self.keys.item)
        return any(all(key in record for key in wanted) for record in _objects(head))

    def read(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Reviews]:
        """See Reader.read."""
        rows = ReviewRows(str(path), options, tally)
        for number, line in lines(path, tally):
            record = _parsed(line, path, number, tally)
            if record is not None:
                self._add(rows, number, record, options.summary)
            if rows.full:
                yield rows.take()
        yield rows.take()

    def _add(self, rows: ReviewRows, number: int, record: dict[str, Any], with_summary: bool) -> None:
        keys = self.keys
        get = record.get
        text, time = get(keys.text), get(keys.time)
        if with_summary and get(keys.summary):
            text = f"{get(keys.summary)}\n{text or ''}"
        if keys.per_second != 1 and isinstance(time, int | float):
            time = time / keys.per_second
        rows.add(number, get(keys.user), get(keys.item), get(keys.rating), text, time)


class Amazon2014(AmazonReader):
    """2014 and 2018: the same keys; in 2018 texts may be missing and lines repeated."""

    name = "amazon"
    description = "Amazon reviews of 2014 and 2018 (JSON lines: reviewerID, asin, overall, reviewText, unixReviewTime)"
    keys = OLD
    sample = (
        b'{"reviewerID": "u1", "asin": "i1", "overall": 5, "reviewText": "Good strings.", "unixReviewTime": 1400000000}\n'
        b'{"reviewerID": "u2", "asin": "i1", "overall": 2, "reviewText": "They broke.", "unixReviewTime": 1400000001}\n'
        b'{"reviewerID": "u2", "asin": "i2", "overall": 4, "unixReviewTime": 1400000002}\n'
    )


class Amazon2023(AmazonReader):
    """2023: other keys, times in milliseconds."""

    name = "amazon-2023"
    description = "Amazon reviews of 2023 (JSON lines: user_id, parent_asin, rating, text, timestamp in ms)"
    keys = NEW
    sample = (
        b'{"user_id": "u1", "parent_asin": "i1", "rating": 5.0, "text": "Good strings.", "timestamp": 1600000000000}\n'
        b'{"user_id": "u2", "parent_asin": "i1", "rating": 2.0, "text": "They broke.", "timestamp": 1600000001000}\n'
        b'{"user_id": "u2", "parent_asin": "i2", "rating": 4.0, "text": "", "timestamp": 1600000002000}\n'
    )


def _objects(head: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects among the first lines; the last one may be cut off by the end of `head`."""
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:5]:
        try:
            record = from_json(line, allow_partial=True)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _parsed(line: bytes, path: Path, number: int, tally: Tally) -> dict[str, Any] | None:
    try:
        record = from_json(line, cache_strings="keys")
    except ValueError as error:
        text = decoded(line, path, number, tally)
        try:
            # The other parser knows one thing more: half of a surrogate pair, which cut texts end with.
            record = None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            tally.reject("broken JSON", f"broken JSON: {error}", f"{path}:{number}", "Repair or remove the line.")
            text = None
        if text is None:
            tally.read += 1
            return None
    if isinstance(record, dict):
        return record
    tally.read += 1
    tally.reject("not an object", f"a {type(record).__name__} instead of an object", f"{path}:{number}", "One review a line.")
    return None


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The two Amazon formats."""
    return [Amazon2014, Amazon2023]
