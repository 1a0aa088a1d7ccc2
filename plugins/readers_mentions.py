"""mentions-csv: mentions that another program found, in CSV or Parquet: one table, or interactions and mentions by review id."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pyexplain import DataError, hookimpl
from pyexplain.readers import (
    KNOWN,
    NO_TIME,
    Columns,
    MentionParts,
    MentionRows,
    MentionTable,
    Reader,
    ReadLog,
    ReadOptions,
    find_columns,
    has_columns,
    has_names,
    head_of,
    header_of,
    parquet_names,
    parquet_rows,
    rows,
    say_columns,
    seconds,
    table_lacks,
    write_atomically,
)

WANTED = ("user", "item", "rating", "feature", "sentiment")
OF_INTERACTIONS = ("review", "user", "item", "rating")
OF_MENTIONS = ("review", "feature", "sentiment")
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
ROW_GROUP = 2**20
FILE_NAMES = {"user": "user_id", "item": "item_id", "time": "timestamp"}


class MentionsCsv(Reader):
    """One table, a mention a row (no feature in a row: a review that mentions none); or a folder with `interactions` (review_id,
    user_id, item_id, rating[, split, timestamp]) and `mentions` (review_id, feature, sentiment[, opinion, sentence])."""

    name = "mentions-csv"
    kind = "mentions"
    description = (
        "CSV or Parquet: user_id,item_id,rating,feature,sentiment[,opinion,sentence,split,timestamp]; "
        "or a folder of interactions and mentions joined by review_id"
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """A folder with the two tables, or a table with our columns."""
        return self.detect_columns(path, head, ReadOptions())

    def detect_columns(self, path: Path, head: bytes, options: ReadOptions) -> bool:
        """See Reader."""
        if path.is_dir():
            return _in_folder(path, "interactions") is not None and _in_folder(path, "mentions") is not None
        if head.startswith(b"PAR1"):
            try:
                return has_names(parquet_names(path), WANTED, options.columns)
            except DataError:
                return False
        return has_columns(head, WANTED, options.columns) and b":token" not in head[:200]

    def lacks(self, path: Path, head: bytes, options: ReadOptions) -> str:
        """See Reader."""
        return table_lacks(head, WANTED, options.columns)

    def read_mentions(self, path: Path, options: ReadOptions, log: ReadLog) -> MentionTable:
        """See Reader.read_mentions."""
        found = MentionRows(str(path), options, log)
        if path.is_dir():
            _read_folder(path, found, options, log)
        else:
            _read_table(path, found, options, log)
        return found.table()

    def write(self, table: MentionTable, path: Path) -> None:
        """One table; Parquet where `path` ends so, else CSV (packed where it ends in .gz)."""
        _write(MentionParts.of(table), path)

    def write_parts(self, parts: MentionParts, path: Path) -> None:
        """See Reader.write_parts."""
        if self.writes_as(MentionsCsv):
            _write(parts, path)
        else:
            super().write_parts(parts, path)


def _write(parts: MentionParts, path: Path) -> None:
    fill = _fill_parquet if path.suffix == ".parquet" else _fill_packed if path.suffix == ".gz" else _fill
    write_atomically(path, lambda temporary: fill(temporary, (_rows(table, parts.timed) for table in parts.tables())))


def _rows(table: MentionTable, timed: bool) -> pd.DataFrame:
    """A row a mention, and one of each pair that has none."""
    frame = table.interactions.merge(table.mentions, on=["user", "item"], how="left")
    frame = frame.fillna({"feature": "", "opinion": "", "sentence": ""})
    return (frame if timed else frame.drop(columns="time")).rename(columns=FILE_NAMES)


def _fill(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        _fill_csv(file, frames)


def _fill_packed(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        _fill_csv(file, frames)


def _fill_csv(file: IO[str], frames: Iterable[pd.DataFrame]) -> None:
    for number, frame in enumerate(frames):
        frame.to_csv(file, index=False, header=not number)


def _fill_parquet(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Row groups as pandas makes them of a whole table: the file does not show in which parts it came."""
    tables = (pa.Table.from_pandas(frame, preserve_index=False) for frame in frames)
    first = next(tables)
    with pq.ParquetWriter(path, first.schema) as writer:
        waiting = [first]
        for table in tables:
            waiting.append(table)
            while sum(map(len, waiting)) > ROW_GROUP:
                whole = pa.concat_tables(waiting)
                writer.write_table(whole.slice(0, ROW_GROUP).combine_chunks(), ROW_GROUP)
                waiting = [whole.slice(ROW_GROUP)]
        writer.write_table(pa.concat_tables(waiting).combine_chunks(), ROW_GROUP)


def _read_table(path: Path, found: MentionRows, options: ReadOptions, log: ReadLog) -> None:
    columns, cells = _open(path, WANTED, options, log)
    numbers: dict[tuple[Any, ...], int | None] = {}
    for line, row in cells:
        key = tuple(columns.value(row, name) for name in ("user", "item", "review", "time"))
        if key not in numbers:
            numbers[key] = _pair(found, line, row, columns)
        elif numbers[key] is None:
            log.read += 1  # another row of a review that was rejected
        pair = numbers[key]
        if pair is not None and columns.value(row, "feature") not in ("", None):
            _mention(found, line, pair, row, columns)


def _read_folder(path: Path, found: MentionRows, options: ReadOptions, log: ReadLog) -> None:
    columns, cells = _open(_table(path, "interactions"), OF_INTERACTIONS, options, log, (*OF_INTERACTIONS, "time", "split"))
    numbers = {str(columns.value(row, "review")): _pair(found, line, row, columns) for line, row in cells}
    file = _table(path, "mentions")
    columns, cells = _open(file, OF_MENTIONS, options, log, (*OF_MENTIONS, "opinion", "sentence"))
    for line, row in cells:
        review = str(columns.value(row, "review"))
        pair = numbers.get(review)
        if pair is not None:
            _mention(found, line, pair, row, columns)
        elif review not in numbers:
            log.read += 1
            what = f"the review {review[:40]!r} is not among the interactions"
            log.reject("unknown review", what, f"{file}:{line}", "The two tables must be of the same reviews.")


def _pair(found: MentionRows, line: int, row: Any, columns: Columns) -> int | None:
    time = seconds(columns.value(row, "time"), found.options.date_format) if "time" in columns.at else NO_TIME
    rating = columns.value(row, "rating")
    user, item, split = (columns.value(row, name) for name in ("user", "item", "split"))
    return found.pair(line, user, item, "" if rating is None else rating, time, split)


def _mention(found: MentionRows, line: int, pair: int, row: Any, columns: Columns) -> None:
    feature, sentiment, opinion, sentence = (columns.value(row, n) for n in ("feature", "sentiment", "opinion", "sentence"))
    found.mention(line, pair, feature, sentiment, opinion, sentence)


def _open(
    path: Path, wanted: tuple[str, ...], options: ReadOptions, log: ReadLog, used: Collection[str] = KNOWN
) -> tuple[Columns, Iterable[tuple[int, Any]]]:
    """The columns that are wanted and the rows; of --columns what this table is `used` for."""
    head = head_of(path)
    told = {name: theirs for name, theirs in options.columns.items() if name in used}
    if head.startswith(b"PAR1"):
        columns = find_columns(parquet_names(path), told, wanted, str(path))
        say_columns(columns, log)
        return columns, parquet_rows(path, options.chunk)
    header = header_of(head)
    if header is None:
        raise DataError("the first line names no columns", where=f"{path}:1", hint=f"Expected: {', '.join(wanted)}.")
    columns = find_columns(header.cells, told, wanted, f"{path}:{header.line}")
    say_columns(columns, log)
    return columns, rows(path, header.delimiter, log, wanted=columns.count, numeric=columns.numeric())


def _in_folder(folder: Path, stem: str) -> Path | None:
    return next((folder / (stem + ending) for ending in ENDINGS if (folder / (stem + ending)).is_file()), None)


def _table(folder: Path, stem: str) -> Path:
    path = _in_folder(folder, stem)
    if path is None:
        endings = ", ".join(ENDINGS)
        raise DataError(f"the folder has no table {stem}", where=str(folder), hint=f"Expected: {stem} with the ending {endings}.")
    return path


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The format."""
    return [MentionsCsv]
