"""Reviews in tables with named columns: CSV (also with tabs, semicolons or bars; packed by gzip or not) and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyexplain import DataError, Reviews, hookimpl
from pyexplain.readers import (
    NO_TIME,
    Columns,
    Reader,
    ReadOptions,
    ReviewRows,
    Tally,
    find_columns,
    has_columns,
    head_of,
    header_of,
    parquet_names,
    parquet_rows,
    rows,
    seconds,
)

WANTED = ("user", "item", "rating")


class CsvReader(Reader):
    """One review a row; a cell may hold line breaks when it is quoted."""

    name = "csv"
    kind = "reviews"
    description = "reviews as CSV or TSV with named columns (user_id, item_id, rating, text, timestamp, ...)"
    sample = (
        b"user_id,item_id,rating,text,timestamp\n"
        b'u1,i1,5,Good soup.,1400000000\nu2,i1,2,"Cold, sadly.",1400000001\nu2,i2,4,,1400000002\n'
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """A header with columns for user, item and rating, and none for features: that would be mentions."""
        return has_columns(head, WANTED) and not has_columns(head, (*WANTED, "feature")) and b":token" not in head[:200]

    def read(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Reviews]:
        """See Reader.read."""
        header = header_of(head_of(path))
        if header is None:
            raise DataError(
                "the first line names no columns", where=f"{path}:1", hint="Wanted: user_id,item_id,rating,text,timestamp."
            )
        columns = find_columns(header[0], options.columns, WANTED, f"{path}:1")
        found = ReviewRows(str(path), options, tally)
        for line, cells in rows(path, header[1], tally):
            _add(found, line, cells, columns, options)
            if found.full:
                yield found.take()
        yield found.take()


class ParquetReader(Reader):
    """One review a row; read in batches."""

    name = "parquet"
    kind = "reviews"
    description = "reviews as Parquet with named columns (user_id, item_id, rating, text, timestamp, ...)"

    def detect(self, path: Path, head: bytes) -> bool:
        """Parquet's mark, and columns for user, item and rating without features."""
        if not head.startswith(b"PAR1"):
            return False
        try:
            return not has_columns(",".join(parquet_names(path)).encode(), ("feature",))
        except DataError:
            return True  # a damaged file is ours to report

    def read(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Reviews]:
        """See Reader.read; a row's number stands for its line."""
        columns = find_columns(parquet_names(path), options.columns, WANTED, str(path))
        found = ReviewRows(str(path), options, tally)
        for number, cells in parquet_rows(path, options.chunk):
            _add(found, number, cells, columns, options)
            if found.full:
                yield found.take()
        yield found.take()


def _add(found: ReviewRows, line: int, cells: Any, columns: Columns, options: ReadOptions) -> None:
    text, summary = columns.value(cells, "text"), columns.value(cells, "summary")
    if options.summary and summary:
        text = f"{summary}\n{text or ''}"
    time = seconds(columns.value(cells, "time")) if "time" in columns.at else NO_TIME
    found.add(line, columns.value(cells, "user"), columns.value(cells, "item"), columns.value(cells, "rating"), text, time)


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """Reviews as CSV and as Parquet."""
    return [CsvReader, ParquetReader]
