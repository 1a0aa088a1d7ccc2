"""Readers of files whose records name their own parts, such as JSON objects: keys found by name, also inside one another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..data.types import Reviews
from ..errors import DataError
from .base import Reader, ReadOptions
from .names import WITHOUT, Columns, check_told, find_columns, has_names, lacking, say_columns
from .read_log import ReadLog
from .review_rows import ReviewRows
from .sources import head_of
from .usual_rows import Values
from .values import NO_TIME, as_seconds

WANTED = ("user", "item", "rating")
USED = (*WANTED, "text", "summary", "time")
DEPTH = 3  # levels of objects inside one another whose keys have names, as in "reviewer.id"
Record = Mapping[str, Any]
Block = tuple[Sequence[int], Sequence[Record]]
Get = Callable[[Record], Any]


class RecordReader(Reader):
    """A review a record. keys: our name -> the key of a format that is known by name; none: found by the usual names.

    A subclass says how records are found: `head_records` among the first bytes, `records` in the whole file.
    """

    kind = "reviews"
    keys: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def head_records(self, head: bytes) -> Sequence[Record]:
        """The first records of a file that begins so, the last perhaps cut off; none where it does not look like the format."""

    @abstractmethod
    def records(self, path: Path, head: bytes, log: ReadLog) -> Iterator[tuple[int, Record | None]]:
        """(line, record) of each, None for one that was rejected; may say what was assumed."""

    def detect(self, path: Path, head: bytes) -> bool:
        """One of the first records has the keys for user, item and rating (by name: for user and item)."""
        return self.detect_columns(path, head, ReadOptions())

    def detect_columns(self, path: Path, head: bytes, options: ReadOptions) -> bool:
        """detect(), with keys as a person names them."""
        found = self.head_records(head)
        if self.keys:
            wanted = [self.keys[name] for name in WANTED[:2]]
            return any(all(key in record for key in wanted) for record in found)
        names, _ = _names(found)
        return has_names(names, WANTED, options.columns) and not any(map(_has_mentions, found))

    def lacks(self, path: Path, head: bytes, options: ReadOptions) -> str:
        """Which of our columns its records lack."""
        names, _ = _names(self.head_records(head))
        return lacking(names, WANTED, options.columns, sure=True) if names and not self.keys else ""

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """See Reader.read."""
        head = head_of(path)
        getters = self._getters(path, self.head_records(head), options, log)
        found = ReviewRows(str(path), options, log)
        for numbers, records in self.blocks(path, head, log):
            yield from found.add_all(numbers, _columns(records, getters, options))
        yield found.take()

    def blocks(self, path: Path, head: bytes, log: ReadLog) -> Iterator[Block]:
        """(lines, records) of what `records` gives, as many together as pay; a reader may have better ones."""
        for number, record in self.records(path, head, log):
            if record is not None:
                yield [number], [record]

    def _getters(self, path: Path, first: Sequence[Record], options: ReadOptions, log: ReadLog) -> dict[str, Get]:
        """Our name -> what takes its value out of a record."""
        names, paths = _names(first)
        if self.keys and not options.columns:
            return {name: _getter((key,)) for name, key in self.keys.items()}
        if self.keys:
            check_told(options.columns)
            told = {name: theirs for name, theirs in options.columns.items() if theirs != WITHOUT}
            columns = find_columns(names, told, tuple(told), str(path))
            fixed = {name: _getter((key,)) for name, key in self.keys.items() if name not in options.columns}
            return fixed | {name: _getter(paths[columns.at[name]]) for name in told}
        if not names:
            raise DataError(f"the file holds no record of the format {self.name}", where=str(path), hint=self.description)
        columns = find_columns(names, options.columns, WANTED, str(path))
        say_columns(Columns({name: at for name, at in columns.at.items() if name in USED}, columns.count, columns.names), log)
        return {name: _getter(paths[place]) for name, place in columns.at.items()}


def _has_mentions(record: Record) -> bool:
    """Whether a record holds mentions that another program found: it is no plain review then."""
    return "feature" in record or any(isinstance(record.get(key), list | tuple) for key in ("sentence", "template"))


def _names(records: Sequence[Record]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The keys of all these records, in place of those of objects the ones inside them, behind dots; and the way to each."""
    ways: dict[tuple[str, ...], None] = {}
    level: list[tuple[tuple[str, ...], Record]] = [((), record) for record in records]
    for _ in range(DEPTH):
        inner: list[tuple[tuple[str, ...], Record]] = []
        for way, record in level:
            for key, value in record.items():
                if isinstance(key, str) and isinstance(value, dict):
                    inner.append(((*way, key), value))
                elif isinstance(key, str):
                    ways.setdefault((*way, key))
        level = inner
    paths = list(ways)
    return [".".join(way) for way in paths], paths


def _getter(way: tuple[str, ...]) -> Get:
    if len(way) == 1:
        key = way[0]
        return lambda record: record.get(key)

    def walk(record: Record) -> Any:
        value: Any = record
        for key in way:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    return walk


def _columns(records: Sequence[Record], getters: Mapping[str, Get], options: ReadOptions) -> Values:
    """What the records say, for ReviewRows.add_all."""

    def of(name: str) -> list[Any]:
        return list(map(getters[name], records)) if name in getters else [None] * len(records)

    times = as_seconds(of("time"), options.date_format) if "time" in getters else [NO_TIME] * len(records)
    headlines = of("summary") if options.summary else [None] * len(records)
    return Values(of("user"), of("item"), of("rating"), of("text"), times, headlines)
