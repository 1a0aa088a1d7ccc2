"""Tables of text: the delimiter and the header, rows with the line where each ends; a stray quote never swallows rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ..errors import DataError
from .names import has_names, lacking
from .read_log import ReadLog
from .sources import MAX_LINE_BYTES, decoded, raw_lines

DELIMITERS = ",\t;|"
LOOKED_AT = 5  # rows that tell whether the line above them is a header
ROW_LINES = 10_000  # lines that one quoted row may span
STRAY = "with a quote at the beginning of a cell, read as a letter"
NUMBERS = frozenset("0123456789.,+-eE")
THUMBS = frozenset({"true", "false", "yes", "no"})


class Header(NamedTuple):
    """The cells that name the columns, the delimiter, and the header's line: 1, or 2 behind a line `sep=;`."""

    cells: list[str]
    delimiter: str
    line: int = 1


def header_of(head: bytes) -> Header | None:
    """The header of a file that begins so; None where it does not begin like a table."""
    lines = [line.strip(b"\r") for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 2)]
    told = _separator(lines[0].decode("utf-8", "replace"))
    try:
        text = (lines[1] if told and len(lines) > 1 else lines[0]).decode("utf-8")
    except UnicodeDecodeError:
        return None
    delimiter = told or max(DELIMITERS, key=text.count)
    cells = _cells(iter([text]), delimiter) or text.split(delimiter)
    return Header(cells, delimiter, 2 if told else 1) if len(cells) > 1 else None


def has_columns(head: bytes, wanted: Sequence[str], told: Mapping[str, str] | None = None) -> bool:
    """Whether a file that begins like this is a table with these columns (our names)."""
    found = header_of(head)
    return found is not None and has_names(found.cells, wanted, told)


def table_lacks(head: bytes, wanted: Sequence[str], told: Mapping[str, str]) -> str:
    """Which of the wanted columns (our names) a file lacks that begins like a table, as a message; "" where it lacks none, or does
    not look like a table at all. Below a header stand rows of as many cells; a header of values is none."""
    header = header_of(head)
    if header is None and _other_encoding(head):
        return "the first line is not UTF-8 text; convert the file, e.g. iconv -f cp1252 -t utf-8"
    if header is None or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return ""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").splitlines()[header.line :]
    below = list(islice(csv.reader(text, delimiter=header.delimiter), LOOKED_AT))
    sure = all(map(str.strip, header.cells)) and any(len(cells) == len(header.cells) for cells in below)
    values = [cell for cell in header.cells if cell.strip() and set(cell.strip()) <= NUMBERS]
    if sure and values and not has_names(header.cells, wanted, told):
        return f"the first line names no columns, it has values ({', '.join(header.cells)[:100]}); put a line of names above it"
    return lacking(header.cells, wanted, told, sure)


def _other_encoding(head: bytes) -> bool:
    """Whether a file would begin like a table if its letters beyond ASCII were read as those of another encoding."""
    plain = bytes(byte if byte < 128 else 120 for byte in head)
    text = not any(byte < 32 and byte not in b"\t\r\n" for byte in head)
    return text and any(byte > 127 for byte in head.split(b"\n", 1)[0]) and header_of(plain) is not None


def rows(
    path: Path,
    delimiter: str,
    log: ReadLog,
    quoting: bool = True,
    wanted: int | None = None,
    numeric: Sequence[int] = (),
) -> Iterator[tuple[int, list[str]]]:
    """(line where it ends, cells) of each row behind the header; rows of another length than the header's are rejected.

    quoting: cells in double quotes may hold delimiters and line breaks; without it quotes are letters like others. wanted: cells
    that the header is known to have. numeric: positions whose cells are numbers in every row. Every line of the file belongs to
    exactly one row: where quotes do not end as they should, or would hide lines that are rows of their own, the line is read with
    its quotes as letters, which the log notes, or rejected.
    """
    source = _Lines(path, log)
    width = 0
    for number, text in source:
        if not width:
            if number == 1 and _separator(text):
                continue
            width = len(_cells(iter([text]), delimiter) or text.split(delimiter))
            if wanted is not None and width != wanted:
                what = f"the header has {wanted} cells, of which {width} can be read"
                raise DataError(what, where=f"{path}:{number}", hint="Look for a stray quote in it.")
            continue
        if not text:
            continue
        cells = text.split(delimiter) if not quoting or '"' not in text else _quoted(text, delimiter, source, width, numeric, log)
        if len(cells) == width:
            yield source.number, cells
        else:
            log.read += 1
            what = f"{len(cells)} cells instead of {width}"
            hint = "Quote cells that hold the delimiter." if '"' not in text else "Look for a stray quote in the line."
            log.reject("wrong number of cells", what, f"{path}:{source.number}", hint)


class _Lines:
    """Lines as text, with their numbers; lines can be put back."""

    def __init__(self, path: Path, log: ReadLog) -> None:
        self.path, self.log, self.number = path, log, 0
        self.source = raw_lines(path, log)
        self.back: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while True:
            if self.back:
                self.number, text = self.back.pop()
            else:
                found = next(self.source, None)
                if found is None:
                    return
                self.number = found[0]
                line = decoded(found[1].removesuffix(b"\r"), self.path, self.number, self.log)
                if line is None:
                    self.log.read += 1
                    continue
                text = line
            yield self.number, text

    def put_back(self, lines: list[tuple[int, str]], number: int) -> None:
        """These come again; `number` was the last line that is used."""
        self.back.extend(reversed(lines))
        self.number = number


def _quoted(text: str, delimiter: str, source: _Lines, width: int, numeric: Sequence[int], log: ReadLog) -> list[str]:
    """The cells of the row that begins with `text`, with further lines where a quoted cell goes on."""
    number, taken = source.number, list[tuple[int, str]]()
    cells = _cells(_feed(text, source, taken, lambda line: _is_row(line, delimiter, width, numeric)), delimiter)
    if cells is not None and len(cells) == width:
        return cells
    source.put_back(taken, number)
    plain = text.split(delimiter)
    if _is_row(text, delimiter, width, numeric):
        log.notes[STRAY] += 1
    return plain


def _feed(text: str, source: _Lines, taken: list[tuple[int, str]], ends: Callable[[str], bool]) -> Iterator[str]:
    """The line and those behind it, up to one that ends the row whatever the quotes say: it is a row of its own."""
    yield text + "\n"
    size = len(text)
    for number, line in source:
        taken.append((number, line))
        size += len(line)
        if len(taken) > ROW_LINES or size > MAX_LINE_BYTES or ends(line):
            return
        yield line + "\n"


def _cells(lines: Iterator[str], delimiter: str) -> list[str] | None:
    """One row, read strictly; None where its quotes do not end as they should."""
    limit = csv.field_size_limit(2 * MAX_LINE_BYTES)  # csv's own limit is 131,072 letters, for the whole process
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(limit)


def _is_row(text: str, delimiter: str, width: int, numeric: Sequence[int]) -> bool:
    """Whether a line, its quotes taken as letters, is a row of its own."""
    cells = text.split(delimiter)
    return len(cells) == width and all(_is_number(cells[place]) for place in numeric)


def _is_number(text: str) -> bool:
    return bool(text) and (NUMBERS.issuperset(text) or text.lower() in THUMBS)


def _separator(text: str) -> str:
    """The delimiter that a first line `sep=;` of a spreadsheet names; nothing where it is none."""
    return text[4:] if text[:4].lower() == "sep=" and len(text) == 5 else ""
