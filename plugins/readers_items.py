"""What items are called, from the files that come with reviews: tables, Parquet, JSON lines, Amazon's metadata, RecBole, MovieLens.

Amazon's metadata of 2014 are Python literals a line, those of 2018 and 2023 JSON lines; both are read without running anything.
RecBole: `.item` with a header of `name:type`. MovieLens: movies.csv. Packed by gzip or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyexplain import DataError, hookimpl
from pyexplain.readers import (
    ItemRows,
    Items,
    Reader,
    ReadLog,
    ReadOptions,
    find_item_columns,
    head_of,
    header_of,
    item_name,
    layout_of,
    parquet_names,
    parquet_rows,
    records,
    rows,
)

PARQUET = b"PAR1"


class ItemTable(Reader):
    """One item a row; a cell may hold line breaks when it is quoted."""

    name = "items-csv"
    kind = "items"
    description = "items as CSV or TSV with named columns (item_id, title); MovieLens' movies.csv"
    sample = b'movieId,title,genres\n1,Toy Story (1995),Animation|Children\n2,"American President, The (1995)",Comedy\n'

    def detect(self, path: Path, head: bytes) -> bool:
        """A first line of several cells that is no object and no header of name:type."""
        header = header_of(head)
        named = header is not None and all(cell.strip() and cell.isprintable() for cell in header[0])
        return named and not layout_of(head) and not head.startswith(PARQUET) and not _typed(head)

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        """See Reader.read_items."""
        header = header_of(head_of(path))
        if header is None:
            raise DataError("the first line names no columns", where=f"{path}:1", hint="Expected: item_id,title.")
        yield from _table(path, header[0], header[1], options, log, quoting=True)


class ItemRecBole(Reader):
    """RecBole's atomic file of items; quotes are letters like others."""

    name = "items-recbole"
    kind = "items"
    description = "RecBole .item (item_id:token, title:token_seq, ...)"
    sample = b"item_id:token\tmovie_title:token_seq\trelease_year:token\n1\tToy Story\t1995\n2\tGoldenEye\t1995\n"

    def detect(self, path: Path, head: bytes) -> bool:
        """A header of name:type."""
        return _typed(head)

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        """See Reader.read_items. Columns may be told with their type or without."""
        head = head_of(path)
        if not _typed(head):
            raise DataError("the first line is no header of name:type", where=f"{path}:1", hint="Expected: item_id:token ...")
        cells = _first_cells(head)
        names = [cell.split(":")[0] for cell in cells]
        several = frozenset(place for place, cell in enumerate(cells) if cell.endswith("_seq"))
        told = {ours: theirs.split(":")[0] for ours, theirs in options.columns.items()}
        yield from _table(path, names, "\t", replace(options, columns=told), log, quoting=False, several=several)


class ItemParquet(Reader):
    """One item a row; read in batches."""

    name = "items-parquet"
    kind = "items"
    description = "items as Parquet with named columns (item_id, title)"

    def detect(self, path: Path, head: bytes) -> bool:
        """Parquet's mark."""
        return head.startswith(PARQUET)

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        """See Reader.read_items; a row's number stands for its line."""
        columns = find_item_columns(parquet_names(path), options.columns, str(path), log=log)
        found = ItemRows(str(path), options, log)
        for number, cells in parquet_rows(path, options.chunk):
            found.add(number, columns.value(cells, "item"), columns.value(cells, "title"), columns.others(cells))
            if found.full:
                yield found.take()
        yield found.take()


class ItemLines(Reader):
    """Records: JSON objects, a line each or in an array, or a Python literal a line."""

    name = "items-lines"
    kind = "items"
    description = (
        "items as JSON lines or Python literals: Amazon metadata of 2014, 2018 (asin, title) and 2023 (parent_asin, title)"
    )
    sample = (
        b"{'asin': 'i1', 'title': 'Rosin, dark', 'price': 5.5, 'related': {'also_bought': ['i2']}}\n"
        b"{'asin': 'i2', 'title': 'Strings &amp; more'}\n{'asin': 'i3', 'imUrl': 'u'}\n"
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """It begins like an object with keys, or like an array of objects."""
        return bool(layout_of(head)) and b":" in head

    def read_items(self, path: Path, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
        """See Reader.read_items. A record without a title is an item without one."""
        found, keys = ItemRows(str(path), options, log), _Keys(options)
        for number, record in records(path, layout_of(head_of(path)), log):
            if record is None:
                continue
            if not keys.met:
                find_item_columns([str(key) for key in record], options.columns, f"{path}:{number}", ("item",))
            found.add(number, keys.value(record, "item"), keys.value(record, "title"), keys.others(record))
            if found.full:
                yield found.take()
        if keys.met:
            find_item_columns([str(key) for key in keys.met], options.columns, str(path), log=log)
        yield found.take()


class _Keys:
    """What the records of one file call id and title; records need not have the same keys."""

    def __init__(self, options: ReadOptions) -> None:
        self.told = options.columns
        self.met: dict[str, tuple[str, int] | None] = {}  # key -> item_name of it

    def value(self, record: dict[str, Any], ours: str) -> Any:
        """The value of our name in a record; None where the record has none."""
        for key in record:
            if key not in self.met:
                self.met[key] = item_name(str(key))  # a literal may have numbers for keys
        if ours in self.told:
            return record.get(self.told[ours])
        known = [(found[1], key) for key in record if (found := self.met[key]) and found[0] == ours]
        return record[min(known)[1]] if known else None

    def others(self, record: dict[str, Any]) -> dict[str, Any]:
        """What a record says beside id and title."""
        told = set(self.told.values())
        return {str(key): value for key, value in record.items() if not self.met.get(key) and key not in told}


def _table(
    path: Path,
    names: list[str],
    delimiter: str,
    options: ReadOptions,
    log: ReadLog,
    quoting: bool,
    several: frozenset[int] = frozenset(),
) -> Iterator[Items]:
    """several: places of columns whose cells hold values between spaces."""
    columns = find_item_columns(names, options.columns, f"{path}:1", log=log)
    found = ItemRows(str(path), options, log)
    for line, cells in rows(path, delimiter, log, quoting=quoting, wanted=columns.count):
        others = columns.others(cells)
        for place in several:
            if names[place] in others:
                others[names[place]] = cells[place].split()
        found.add(line, columns.value(cells, "item"), columns.value(cells, "title"), others)
        if found.full:
            yield found.take()
    yield found.take()


def _first_cells(head: bytes) -> list[str]:
    return head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip(b"\r").decode("utf-8", "replace").split("\t")


def _typed(head: bytes) -> bool:
    kinds = (":token", ":float", ":token_seq", ":float_seq")
    return all(cell.endswith(kinds) and not cell.startswith(":") for cell in _first_cells(head))


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """Tables, Parquet, lines of records, and RecBole's items."""
    return [ItemTable, ItemParquet, ItemLines, ItemRecBole]
