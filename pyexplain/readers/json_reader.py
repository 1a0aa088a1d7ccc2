"""What readers of JSON files share: objects a line, in an array or one after another, and Python literals; in bounded memory."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic_core import from_json

from .json_stream import BETWEEN, JsonStream, an_object
from .read_log import ReadLog
from .record_reader import Block, Record, RecordReader
from .sources import decoded, line_blocks, lines

Object = dict[str, Any]
Layout = Literal["lines", "stream", "literals", ""]
LITERAL = re.compile(rb"^\s*\{\s*u?'")
LITERAL_BYTES = 1 << 20  # a longer line is no review
HINT = "Repair or remove the line."


class JsonReader(RecordReader):
    """A review an object. A subclass has a name, and `keys` where it knows the file's."""

    def head_records(self, head: bytes) -> Sequence[Record]:
        """See RecordReader."""
        return list(head_records(head))

    def records(self, path: Path, head: bytes, log: ReadLog) -> Iterator[tuple[int, Record | None]]:
        """See RecordReader."""
        layout = layout_of(head) or "lines"
        if layout != "lines":
            log.say("read as Python literals, of which nothing is run" if layout == "literals" else "read as a JSON array")
        yield from records(path, layout, log)

    def blocks(self, path: Path, head: bytes, log: ReadLog) -> Iterator[Block]:
        """See RecordReader: lines that are all objects come a megabyte at a time."""
        if (layout_of(head) or "lines") != "lines" or type(self).records is not JsonReader.records:
            yield from super().blocks(path, head, log)
            return
        for first, block in line_blocks(path, log):
            there = [(number, line) for number, line in enumerate((raw.strip(b"\r\n ") for raw in block), first) if line]
            yield from _objects(there, path, log)


def _objects(numbered: list[tuple[int, bytes]], path: Path, log: ReadLog) -> Iterator[Block]:
    """The objects of lines in one block; one by one where any line holds none, so that what is said of it is said in its place."""
    try:
        found = [from_json(line, cache_strings="keys") for _, line in numbered]
    except ValueError:
        found = [None]
    if {dict}.issuperset(map(type, found)):
        yield [number for number, _ in numbered], found
        return
    for number, line in numbered:
        record = parsed_json(line, path, number, log)
        if record is not None:
            yield [number], [record]


def layout_of(head: bytes) -> Layout:
    """How a file that begins so holds its records: an object a line, a stream of objects (an array, or objects over several
    lines), Python literals a line, or none of these."""
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if body[:1] == b"[" and body[1:].lstrip()[:1] == b"{":
        return "stream"
    if body[:1] != b"{":
        return ""
    if LITERAL.match(body):
        return "literals"
    first = body.split(b"\n", 1)[0].strip()
    if first == b"{" or (b"\n" in body and not _is_json(first) and _is_json(body, partial=True)):
        return "stream"
    return "lines"


def head_records(head: bytes, most: int = 50) -> Iterator[Object]:
    """The records among the first bytes of a file; the last one may be cut off."""
    layout = layout_of(head)
    body = head.removeprefix(b"\xef\xbb\xbf")
    if layout == "stream":
        text = body.decode("utf-8", "ignore")
        at, found = BETWEEN.match(text), 0
        while at is not None and at.end() < len(text) and found < most:
            try:
                record, end = json.JSONDecoder().raw_decode(text, at.end())
            except (ValueError, RecursionError):
                record, end = _partial(text[at.end() :].encode()), len(text)
            if isinstance(record, dict):
                found += 1
                yield record
            at = BETWEEN.match(text, end)
        return
    for line in body.split(b"\n")[:most] if layout else ():
        record = _literal(line) if layout == "literals" else _partial(line)
        if isinstance(record, dict):
            yield record


def records(path: Path, layout: Layout, log: ReadLog) -> Iterator[tuple[int, Object | None]]:
    """(line where it begins, record) of each record; None for one that was rejected. What is no object is rejected."""
    if layout == "stream":
        yield from JsonStream(path, log)
        return
    parse = _parsed_literal if layout == "literals" else parsed_json
    for number, line in lines(path, log):
        record = parse(line, path, number, log)
        yield number, record


def parsed_json(line: bytes, path: Path, number: int, log: ReadLog) -> Object | None:
    """One line; None (after log.reject) where it holds no object."""
    try:
        record = from_json(line, cache_strings="keys")
    except ValueError as error:
        text = decoded(line, path, number, log)
        try:
            # The other parser knows one thing more: half of a surrogate pair, which cut texts end with.
            record = None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            log.reject("broken JSON", f"broken JSON: {error}", f"{path}:{number}", HINT)
            text = None
        if text is None:
            log.read += 1
            return None
    return an_object(record, path, number, log)


def _parsed_literal(line: bytes, path: Path, number: int, log: ReadLog) -> Object | None:
    record = _literal(line)
    if record is None:
        log.read += 1
        log.reject("broken literal", "no Python literal of plain values", f"{path}:{number}", HINT)
        return None
    return an_object(record, path, number, log)


def _literal(line: bytes) -> Any:
    """A literal of plain values, read without running anything; None where it is none, or longer than a megabyte."""
    if len(line) > LITERAL_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # escapes such as \\d, of which the compiler warns
            return ast.literal_eval(line.decode("utf-8").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, OverflowError):
        return None


def _is_json(text: bytes, partial: bool = False) -> bool:
    try:
        from_json(text, allow_partial=partial)
    except ValueError:
        return False
    return True


def _partial(line: bytes) -> Any:
    try:
        return from_json(line, allow_partial=True)
    except ValueError:
        return None
