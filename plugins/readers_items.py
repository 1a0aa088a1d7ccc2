"""What items are called, from the files that come with reviews: tables, Parquet, JSON lines, Amazon's metadata, RecBole, MovieLens.

Amazon's metadata of 2014 are Python literals a line, those of 2018 and 2023 JSON lines; both are read without running anything.
RecBole: `.item` with a header of `name:type`. MovieLens: movies.csv. Packed by gzip or not.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from pyexplain import DataError, hookimpl
from pyexplain.readers import (
    ItemRows,
    Items,
    Reader,
    ReadOptions,
    Tally,
    decoded,
    find_item_columns,
    head_of,
    header_of,
    item_name,
    lines,
    parquet_names,
    parquet_rows,
    rows,
)

LONGEST_LITERAL = 1 << 20  # bytes; the longest record of Amazon's metadata has a tenth of that
PARQUET, OBJECT = b"PAR1", b"{"


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
        return named and not head.lstrip().startswith((OBJECT, b"[")) and not _typed(head)

    def read_items(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Items]:
        """See Reader.read_items."""
        header = header_of(head_of(path))
        if header is None:
            raise DataError("the first line names no columns", where=f"{path}:1", hint="Wanted: item_id,title.")
        yield from _table(path, header[0], header[1], options, tally, quoting=True)


class ItemRecBole(Reader):
    """RecBole's atomic file of items; quotes are letters like others."""

    name = "items-recbole"
    kind = "items"
    description = "RecBole .item (item_id:token, title:token_seq, ...)"
    sample = b"item_id:token\tmovie_title:token_seq\trelease_year:token\n1\tToy Story\t1995\n2\tGoldenEye\t1995\n"

    def detect(self, path: Path, head: bytes) -> bool:
        """A header of name:type."""
        return _typed(head)

    def read_items(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Items]:
        """See Reader.read_items. Columns may be told with their type or without."""
        head = head_of(path)
        if not _typed(head):
            raise DataError("the first line is no header of name:type", where=f"{path}:1", hint="Wanted: item_id:token ...")
        names = [cell.split(":")[0] for cell in _first_cells(head)]
        told = {ours: theirs.split(":")[0] for ours, theirs in options.columns.items()}
        yield from _table(path, names, "\t", ReadOptions(options.skip_bad, columns=told, chunk=options.chunk), tally, quoting=False)


class ItemParquet(Reader):
    """One item a row; read in batches."""

    name = "items-parquet"
    kind = "items"
    description = "items as Parquet with named columns (item_id, title)"

    def detect(self, path: Path, head: bytes) -> bool:
        """Parquet's mark."""
        return head.startswith(PARQUET)

    def read_items(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Items]:
        """See Reader.read_items; a row's number stands for its line."""
        columns = find_item_columns(parquet_names(path), options.columns, str(path))
        found = ItemRows(str(path), options, tally)
        for number, cells in parquet_rows(path, options.chunk):
            found.add(number, columns.value(cells, "item"), columns.value(cells, "title"))
            if found.full:
                yield found.take()
        yield found.take()


class ItemLines(Reader):
    """A record a line: a JSON object, or a Python literal of a dictionary."""

    name = "items-lines"
    kind = "items"
    description = (
        "items as JSON lines or Python literals: Amazon metadata of 2014, 2018 (asin, title) and 2023 (parent_asin, title)"
    )
    sample = (
        b"{'asin': 'i1', 'title': 'Rosin, dark', 'price': 5.5, 'related': {'also_bought': ['i2']}}\n"
        b'{"asin": "i2", "title": "Strings &amp; more"}\n{"asin": "i3", "price": null}\n'
    )

    def detect(self, path: Path, head: bytes) -> bool:
        """The first line that is not empty begins like an object."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(OBJECT) and (b":" in head)

    def read_items(self, path: Path, options: ReadOptions, tally: Tally) -> Iterator[Items]:
        """See Reader.read_items. A record without a title is an item without one; a file in which no record has one is refused."""
        found, keys = ItemRows(str(path), options, tally), _Keys(options)
        for number, line in lines(path, tally):
            record = _record(line, path, number, tally)
            if record is None:
                continue
            if not keys.met:
                find_item_columns(list(record), options.columns, f"{path}:{number}", ("item",))
            found.add(number, keys.value(record, "item"), keys.value(record, "title"))
            if found.full:
                yield found.take()
        if keys.met:
            find_item_columns(list(keys.met), options.columns, str(path))
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
                self.met[key] = item_name(key)
        if ours in self.told:
            return record.get(self.told[ours])
        known = [(found[1], key) for key in record if (found := self.met[key]) and found[0] == ours]
        return record[min(known)[1]] if known else None


def _table(path: Path, names: list[str], delimiter: str, options: ReadOptions, tally: Tally, quoting: bool) -> Iterator[Items]:
    columns = find_item_columns(names, options.columns, f"{path}:1")
    found = ItemRows(str(path), options, tally)
    for line, cells in rows(path, delimiter, tally, quoting=quoting, wanted=columns.count):
        found.add(line, columns.value(cells, "item"), columns.value(cells, "title"))
        if found.full:
            yield found.take()
    yield found.take()


def _first_cells(head: bytes) -> list[str]:
    return head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip(b"\r").decode("utf-8", "replace").split("\t")


def _typed(head: bytes) -> bool:
    kinds = (":token", ":float", ":token_seq", ":float_seq")
    return all(cell.endswith(kinds) and not cell.startswith(":") for cell in _first_cells(head))


def _record(line: bytes, path: Path, number: int, tally: Tally) -> dict[str, Any] | None:
    """The dictionary of a line; None, after tally.reject, where there is none."""
    try:
        record = from_json(line, cache_strings="keys")
    except ValueError as error:
        text = decoded(line, path, number, tally)
        record = None if text is None else _literal(text)
        if record is None:
            tally.read += 1
            if text is not None:
                what = f"neither a JSON object nor a Python literal: {error}"
                tally.reject("broken record", what, f"{path}:{number}", "Repair or remove the line.")
            return None
    if isinstance(record, dict) and all(type(key) is str for key in record):
        return record
    tally.read += 1
    tally.reject("not an object", f"a {type(record).__name__} instead of an object", f"{path}:{number}", "One item a line.")
    return None


def _literal(text: str) -> Any:
    """A Python literal of bounded length, evaluated as a constant; None where it is none."""
    if len(text) > LONGEST_LITERAL or not (text.startswith("{") and text.endswith("}")):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of backslashes in titles
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """Tables, Parquet, lines of records, and RecBole's items."""
    return [ItemTable, ItemParquet, ItemLines, ItemRecBole]
