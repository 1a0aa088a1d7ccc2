"""The base class of readers: a file format of reviews or of mentions. A plugin subclasses it once a format."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from ..data.room import Room
from ..data.types import Dataset, Items, Mentions, Reviews
from ..errors import DataError, UsageError
from .read_log import BAD_SHARE, ReadLog, ReadReport
from .scale import Scale

INTERACTION_COLUMNS = ("user", "item", "rating", "time", "split")

__all__ = ["INTERACTION_COLUMNS", "MentionParts", "MentionTable", "ReadLog", "ReadOptions", "ReadReport", "Reader"]


@dataclass(frozen=True)
class ReadOptions:
    """What reading may be told, the same for every format.

    skip_bad: count broken records instead of raising, up to the share max_bad, 0..1, beyond which it is an error even then.
    min_rating, max_rating: the scale of ratings. find_scale: another scale is taken where the ratings say it clearly (open_reviews
    and open_mentions look). unrated: a rating that says "not rated". thumbs: ratings may be True and False, for 1 and 0.
    without_rating: what becomes of a record without a rating: "error" (a bad record), "drop" (left out and counted) or "liked".
    now: seconds since 1970; a later time is "in the future"; None = the clock. date_format: strptime's, for times of no usual form.
    columns: our name (user, item, rating, text, time, feature, sentiment, ...) -> the file's, for formats with named columns; "-" =
    go without. summary: join the review's headline to its text. fold: which of the splits beside the file to use; "" = none.
    chunk: reviews handed on at a time, which bounds memory. room: how much of mentions stays in memory, and where the rest goes.
    """

    skip_bad: bool = False
    min_rating: float = 1.0
    max_rating: float = 5.0
    now: float | None = None
    columns: dict[str, str] = field(default_factory=dict)
    summary: bool = True
    chunk: int = 8192
    max_bad: float = BAD_SHARE
    find_scale: bool = False
    unrated: float | None = None
    thumbs: bool = False
    without_rating: Literal["error", "drop", "liked"] = "error"
    date_format: str = ""
    fold: str = ""
    room: Room = Room()

    def __post_init__(self) -> None:
        Scale(self.min_rating, self.max_rating)
        if not 0 <= self.max_bad <= 1:
            raise UsageError(f"the share of bad records must be 0..1, got {self.max_bad}", where="--max-bad")
        if self.chunk < 1:
            raise UsageError(f"chunk must be at least 1, got {self.chunk}", where="option chunk")

    @property
    def scale(self) -> Scale:
        """The scale of ratings."""
        return Scale(self.min_rating, self.max_rating, self.unrated, self.thumbs)

    def on(self, scale: Scale) -> ReadOptions:
        """The same on a scale that is known now."""
        known = {"min_rating": scale.low, "max_rating": scale.high, "unrated": scale.unrated, "thumbs": scale.thumbs}
        return replace(self, find_scale=False, **known)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class MentionTable:
    """A file of mentions, read whole.

    interactions: user, item (str), rating (float), time (int64 seconds, -1 = unknown), split (str, "" = none given); one row
    a (user, item). mentions: MENTION_COLUMNS; every (user, item) in it is among the interactions.
    """

    interactions: pd.DataFrame
    mentions: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [column for column in INTERACTION_COLUMNS if column not in self.interactions.columns]
        if missing:
            raise DataError(
                f"interactions lack the columns {', '.join(missing)}", hint=f"Expected: {', '.join(INTERACTION_COLUMNS)}."
            )
        Mentions(self.mentions)

    def __len__(self) -> int:
        return len(self.interactions)


@dataclass(frozen=True)
class MentionParts:
    """A table of mentions that need not fit into memory: `tables` gives it part by part, each time it is asked, pairs in their
    order and each with all its mentions. timed: whether any pair has a time."""

    timed: bool
    tables: Callable[[], Iterator[MentionTable]]

    @staticmethod
    def of(table: MentionTable) -> MentionParts:
        """All in one part."""
        return MentionParts(bool((table.interactions["time"] >= 0).any()), lambda: iter([table]))

    def whole(self) -> MentionTable:
        """All parts as one table."""
        parts = [*self.tables()]
        frames = [p.interactions for p in parts], [p.mentions for p in parts]
        return MentionTable(*(pd.concat(of, ignore_index=True) for of in frames))


class Reader(ABC):
    """Reads one file format.

    name: lower case, what `--format` says. kind: "reviews" (gives `read`), "mentions" (gives `read_mentions`), "dataset" (gives
    `read_dataset`) or "items" (gives `read_items`). description: one line for `pyexplain plugins`. sample: a small sound file of
    the format, which the conformance kit reads, whole and cut off; not needed where `write` is there.
    takes_fold: whether it uses `options.fold`.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["reviews", "mentions", "dataset", "items"]]
    description: ClassVar[str] = ""
    sample: ClassVar[bytes | None] = None
    takes_fold: ClassVar[bool] = False

    def detect_columns(self, path: Path, head: bytes, options: ReadOptions) -> bool:
        """detect(), for a format with named columns as a person names them (options.columns)."""
        return self.detect(path, head)

    def lacks(self, path: Path, head: bytes, options: ReadOptions) -> str:
        """What a file lacks that otherwise looks like this format, for the message when no format fits; "" = nothing to say."""
        return ""

    @abstractmethod
    def detect(self, path: Path, head: bytes) -> bool:
        """Whether `path` looks like this format. head: the first bytes (unpacked, if the file is gzip); empty for a folder."""

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """Reviews in chunks, in the order of the file, in bounded memory. Counts in `log`; DataError with file and line."""
        raise UsageError(f"format {self.name} does not hold reviews", hint=f"It holds {self.kind}.")

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """All mentions of a file or folder."""
        raise UsageError(f"format {self.name} does not hold mentions", hint=f"It holds {self.kind}.")

    def read_dataset(self, path: Path, name: str, seed: int = 0) -> Dataset:
        """A data set, for formats that fix the split and the features."""
        raise UsageError(f"format {self.name} does not hold a data set", hint=f"It holds {self.kind}.")

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        """What is known of items, in chunks, as `read` gives reviews. `options.columns` holds our names item and title."""
        raise UsageError(f"format {self.name} does not hold items", hint=f"It holds {self.kind}.")

    def write(self, table: MentionTable, path: Path) -> None:
        """Write mentions in this format, whole or not at all."""
        raise UsageError(f"format {self.name} cannot be written", hint="'pyexplain plugins' lists the formats.")

    def write_parts(self, parts: MentionParts, path: Path) -> None:
        """write(), of a table that may not fit into memory; a format that can be written row after row does so here."""
        self.write(parts.whole(), path)

    def writes_as(self, cls: type[Reader]) -> bool:
        """Whether write() is that of `cls`: who is made from it and writes otherwise writes parts so, too."""
        return inspect.unwrap(type(self).write) is cls.write
