"""Reviews in the blocks of SNAP (McAuley and Leskovec, WWW 2013): a line a part, `review/text: ...`, an empty line between reviews.

The part before the slash says whose it is: `review/profileName`, `product/productId`, `beer/beerId`. The product's own
name and title (`beer/name`, `product/title`) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyexplain import hookimpl
from pyexplain.readers import Reader, ReadLog, Record, RecordReader, raw_lines

PART = re.compile(rb"^([a-z]+)/([A-Za-z][\w ]{0,40}):(?: |$)")
ENOUGH = 3  # parts that make a block


class Snap(RecordReader):
    """A review a block."""

    name = "snap"
    description = "SNAP blocks (product/productId: ..., review/userId: ..., review/score: ..., review/text: ...)"
    sample = (
        b"product/productId: i1\nreview/userId: u1\nreview/score: 5.0\nreview/time: 1400000000\nreview/text: Good soup.\n\n"
        b"product/productId: i1\nreview/userId: u2\nreview/score: 2.0\nreview/time: 1400000001\nreview/text: Cold.\n\n"
        b"product/productId: i2\nreview/userId: u2\nreview/score: 4.0\nreview/time: 1400000002\nreview/text: \n"
    )

    def head_records(self, head: bytes) -> Sequence[Record]:
        """See RecordReader."""
        lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        parts = [line.decode("utf-8", "replace") for line in lines if PART.match(line)]
        return [dict(_part(part) for part in parts[:200])] if len(parts) >= ENOUGH and PART.match(lines[0]) else []

    def records(self, path: Path, head: bytes, log: ReadLog) -> Iterator[tuple[int, Record | None]]:
        """See RecordReader. A line that begins no part goes on with the text of the part before."""
        block: dict[str, str] = {}
        last, begin, number = "", 1, 0
        for number, line in raw_lines(path, log):  # noqa: B007  (its last value is used)
            text = _text(line, path, number, log, block)
            if PART.match(line):
                last, value = _part(text)
                if not block:
                    begin = number
                block[last] = value
            elif text.strip():
                block[last] = f"{block.get(last, '')}\n{text}"
            elif block:
                yield begin, block
                block = {}
        if block:
            yield begin, block


def _text(line: bytes, path: Path, number: int, log: ReadLog, block: dict[str, str]) -> str:
    """The line as text. Bytes that are no UTF-8, as in the older of these files, become U+FFFD and are counted."""
    try:
        return line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError:
        log.notes["line with bytes that are not UTF-8"] += 1
        return line.decode("utf-8", "replace").rstrip("\r")


def _part(text: str) -> tuple[str, str]:
    """Name and value; a title or name of the product gets a name that is nobody's opinion."""
    key, _, value = text.partition(":")
    owner, _, name = key.partition("/")
    if owner != "review" and name.lower() in ("title", "name"):
        name = f"{owner}_{name}"
    return name, value.strip()


@hookimpl
def pyexplain_readers() -> list[type[Reader]]:
    """The format."""
    return [Snap]
