"""Reviews, or interactions without text, in tables with named columns: CSV (also with tabs, semicolons or bars; packed by gzip or
not) and Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pyexplain import DataError, hookimpl
from pyexplain.data import Reviews
from pyexplain.readers import (
    NO_RATING,
    NO_TIME,
    Columns,
    Reader,
    ReadLog,
    ReadOptions,
    ReviewRows,
    find_columns,
    has_names,
    head_of,
    header_of,
    parquet_names,
    parquet_rows,
    rows,
    say_columns,
    seconds,
    table_lacks,
)

WANTED = ("user", "item", "rating")
USED = (*WANTED, "text", "summary", "time", "split")
WITHOUT = "-"  # --columns rating=- goes without
# A table of these alone has no ratings; what another one has may be one by another name.
PAIRS = ("user", "item", "time", "split")


class CsvReader(Reader):
    """One review a row; a cell may hold line breaks when it is quoted."""

    name = "csv"
    kind = "reviews"
    description = "reviews or interactions as CSV or TSV with named columns (user_id, item_id, rating, text, timestamp, ...)"
    sample = (
        b"user_id,item_id,rating,text,timestamp\n"
        b'u1,i1,5,Good soup.,1400000000\nu2,i1,2,"Cold, sadly.",1400000001\nu2,i2,4,,1400000002\n'
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """A header with columns for user, item and rating, and none for features: that would be mentions."""
        return self.detect_columns(path, head, ReadOptions())

    def detect_columns(self, path: Path, head: bytes, options: ReadOptions) -> bool:
        """See Reader."""
        header = header_of(head)
        return header is not None and b":token" not in head[:200] and _are_reviews(header.cells, options)

    def lacks(self, path: Path, head: bytes, options: ReadOptions) -> str:
        """See Reader."""
        header = header_of(head)
        return table_lacks(head, WANTED if header is None else _wanted(header.cells, options), options.columns)

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """See Reader.read."""
        header = header_of(head_of(path))
        if header is None:
            raise DataError(
                "the first line names no columns", where=f"{path}:1", hint="Expected: user_id,item_id,rating,text,timestamp."
            )
        columns = _columns(header.cells, options, log, f"{path}:{header.line}")
        found = ReviewRows(str(path), options, log)
        for line, cells in rows(path, header.delimiter, log, wanted=columns.count, numeric=columns.numeric()):
            _add(found, line, cells, columns, options)
            if found.full:
                yield found.take()
        yield found.take()


class ParquetReader(Reader):
    """One review a row; read in batches."""

    name = "parquet"
    kind = "reviews"
    description = "reviews or interactions as Parquet with named columns (user_id, item_id, rating, text, timestamp, ...)"

    def detect(self, path: Path, head: bytes) -> bool:
        """Parquet's mark, and columns for user, item and rating without features."""
        return self.detect_columns(path, head, ReadOptions())

    def detect_columns(self, path: Path, head: bytes, options: ReadOptions) -> bool:
        """See Reader."""
        if not head.startswith(b"PAR1"):
            return False
        try:
            return not has_names(parquet_names(path), ("feature",), options.columns)
        except DataError:
            return True  # a damaged file is ours to report

    def read(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Reviews]:
        """See Reader.read; a row's number stands for its line."""
        columns = _columns(parquet_names(path), options, log, str(path))
        found = ReviewRows(str(path), options, log)
        for number, cells in parquet_rows(path, options.chunk):
            _add(found, number, cells, columns, options)
            if found.full:
                yield found.take()
        yield found.take()


def _are_reviews(names: Sequence[str], options: ReadOptions) -> bool:
    return has_names(names, _wanted(names, options), options.columns) and not has_names(names, (*WANTED, "feature"))


def _wanted(names: Sequence[str], options: ReadOptions) -> tuple[str, ...]:
    """What the table must have: a rating, unless it is one of pairs alone, or a person says that it goes without."""
    pairs = WANTED[:2]
    if options.columns.get("rating") == WITHOUT:
        return pairs
    if not has_names(names, pairs, options.columns):
        return WANTED
    known = find_columns(names, options.columns, pairs, "").at
    return pairs if set(known) <= set(PAIRS) and len(known) == len(names) else WANTED


def _columns(names: Sequence[str], options: ReadOptions, log: ReadLog, where: str) -> Columns:
    columns = find_columns(names, options.columns, _wanted(names, options), where)
    used = {name: place for name, place in columns.at.items() if name in USED}
    say_columns(Columns(used, columns.count, columns.names), log)
    if "rating" not in used:
        log.say("there is no column of ratings: every pair counts as liked")
    return columns


def _add(found: ReviewRows, line: int, cells: Any, columns: Columns, options: ReadOptions) -> None:
    summary = columns.value(cells, "summary") if options.summary else None
    time = seconds(columns.value(cells, "time"), options.date_format) if "time" in columns.at else NO_TIME
    user, item, text, split = (columns.value(cells, name) for name in ("user", "item", "text", "split"))
    rating = columns.value(cells, "rating", NO_RATING)
    found.add(line, user, item, rating, text, time, summary, split)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """Reviews as CSV and as Parquet."""
    return [CsvReader, ParquetReader]
