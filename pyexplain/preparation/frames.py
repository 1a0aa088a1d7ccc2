"""Reviews, or interactions without text, that come as a data frame: the same checks as for a file of the same columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ..data.types import Reviews
from ..readers.base import Reader, ReadLog, ReadOptions
from ..readers.names import find_columns, say_columns
from ..readers.review_rows import NO_RATING, ReviewRows
from ..readers.values import NO_TIME, seconds

WANTED = ("user", "item")


class FrameReader(Reader):
    """One review, or interaction, a row; a row's number stands for its line. Without a column of ratings every pair is liked."""

    name = "frame"
    kind = "reviews"
    description = "a pandas data frame with named columns"

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def detect(self, path: Path, head: bytes) -> bool:
        """Never: it is handed over, not found."""
        return False

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """See Reader.read."""
        columns = find_columns([str(name) for name in self.frame.columns], options.columns, WANTED, str(path))
        say_columns(columns, log)
        if "rating" not in columns.at:
            log.say("there is no column of ratings: every pair counts as liked")
        found = ReviewRows(str(path), options, log)
        for number, cells in enumerate(self.frame.itertuples(index=False, name=None), 1):
            user, item, text, split = (columns.value(cells, name) for name in ("user", "item", "text", "split"))
            time = _seconds(columns.value(cells, "time"), options) if "time" in columns.at else NO_TIME
            summary = columns.value(cells, "summary") if options.summary else None
            found.add(number, user, item, columns.value(cells, "rating", NO_RATING), text, time, summary, split)
            if found.full:
                yield found.take()
        yield found.take()


def _seconds(time: Any, options: ReadOptions) -> Any:
    return time.timestamp() if isinstance(time, datetime) and time == time else seconds(time, options.date_format)
