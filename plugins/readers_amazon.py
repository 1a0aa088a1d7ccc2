"""Amazon review files of 2014, 2018 and 2023: one JSON object a line, packed by gzip or not.

2014 and 2018 (He and McAuley 2016; Ni, Li and McAuley 2019): reviewerID, asin, overall, reviewText, summary, unixReviewTime.
2023 (Hou et al. 2024): user_id, parent_asin, rating, text, title, timestamp in milliseconds.
"""

from __future__ import annotations

from pyexplain import hookimpl
from pyexplain.readers import JsonReader, Reader


class Amazon2014(JsonReader):
    """2014 and 2018: the same keys; in 2018 texts may be missing and lines repeated."""

    name = "amazon"
    description = "Amazon reviews of 2014 and 2018 (JSON lines: reviewerID, asin, overall, reviewText, unixReviewTime)"
    keys = {
        "user": "reviewerID", "item": "asin", "rating": "overall", "text": "reviewText", "summary": "summary",
        "time": "unixReviewTime",
    }  # fmt: skip
    sample = (
        b'{"reviewerID": "u1", "asin": "i1", "overall": 5, "reviewText": "Good strings.", "unixReviewTime": 1400000000}\n'
        b'{"reviewerID": "u2", "asin": "i1", "overall": 2, "reviewText": "They broke.", "unixReviewTime": 1400000001}\n'
        b'{"reviewerID": "u2", "asin": "i2", "overall": 4, "unixReviewTime": 1400000002}\n'
    )


class Amazon2023(JsonReader):
    """2023: other keys, times in milliseconds; `title` is the headline that the user wrote."""

    name = "amazon-2023"
    description = "Amazon reviews of 2023 (JSON lines: user_id, parent_asin, rating, text, timestamp in ms)"
    keys = {
        "user": "user_id", "item": "parent_asin", "rating": "rating", "text": "text", "summary": "title", "time": "timestamp",
    }  # fmt: skip
    sample = (
        b'{"user_id": "u1", "parent_asin": "i1", "rating": 5.0, "text": "Good strings.", "timestamp": 1600000000000}\n'
        b'{"user_id": "u2", "parent_asin": "i1", "rating": 2.0, "text": "They broke.", "timestamp": 1600000001000}\n'
        b'{"user_id": "u2", "parent_asin": "i2", "rating": 4.0, "text": "", "timestamp": 1600000002000}\n'
    )


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The two Amazon formats."""
    return [Amazon2014, Amazon2023]
