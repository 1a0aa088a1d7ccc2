"""JSON objects one after another, as in an array, read with the memory of one object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .read_log import ReadLog
from .sources import MAX_LINE_BYTES, texts

BETWEEN = re.compile(r"[\s,\[\]]*")
NEXT_OBJECT = re.compile(r"[}\]]\s*,?\s*(?=\{)")
NOT_UTF8 = re.compile("[\udc80-\udcff]")


class JsonStream:
    """(line where it begins, object) of each, whatever commas, brackets and white space stand between them; None where it was
    rejected. Behind a broken one reading goes on at the next object; one of more than 64 MiB is broken."""

    def __init__(self, path: Path, log: ReadLog) -> None:
        self.path, self.log = path, log
        self.pieces = texts(path, log)
        self.text, self.at, self.line, self.ended = "", 0, 1, False
        self.inside, self.broken = 0, False  # arrays that were begun and not ended, as far as nothing was broken
        self.decoder = json.JSONDecoder()

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any] | None]]:
        while True:
            between = BETWEEN.match(self.text, self.at)
            if between:
                self.inside += between.group().count("[") - between.group().count("]")
                self._move(between.end())
            if self.at == len(self.text) and self.ended:
                if self.inside > 0 and not self.broken:
                    self._reject("cut short", "the file ends inside its array", self.line, "Fetch the file again: it is cut short.")
                    yield self.line, None
                return
            record, end, error = self._next()
            line = self.line
            if end and (end < len(self.text) or self.ended):
                text, start = self.text, self.at
                self._move(end)
                yield line, self._checked(record, text, start, end, line)
            elif not self.ended and len(self.text) - self.at < MAX_LINE_BYTES:
                self._grow()
            else:
                self._reject("broken JSON", f"broken JSON: {error or 'an object of more than 64 MiB'}", line)
                yield line, None
                self._skip()

    def _next(self) -> tuple[Any, int, str]:
        """(value, where it ends, "") or (None, 0, why not)."""
        try:
            record, end = self.decoder.raw_decode(self.text, self.at)
        except (ValueError, RecursionError) as error:
            return None, 0, str(error)
        return record, end, ""

    def _move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def _grow(self) -> None:
        """At least as much again as is waiting, so that a long object is not parsed over and over."""
        self.text, self.at = self.text[self.at :], 0
        parts, wanted = [self.text], len(self.text) + 1
        while wanted > 0 and not self.ended:
            piece = next(self.pieces, None)
            self.ended = piece is None
            parts.append(piece or "")
            wanted -= len(piece or "")
        self.text = "".join(parts)

    def _skip(self) -> None:
        """To the next object behind the one that is broken."""
        while True:
            behind = NEXT_OBJECT.search(self.text, self.at)
            if behind or self.ended:
                self._move(behind.end() if behind else len(self.text))
                return
            self._move(max(self.at, len(self.text) - 1))
            self._grow()

    def _checked(self, record: Any, text: str, start: int, end: int, line: int) -> dict[str, Any] | None:
        if NOT_UTF8.search(text, start, end):
            self._reject("not UTF-8", "not UTF-8 text", line, "Convert the file, e.g. iconv -f cp1252 -t utf-8.")
            return None
        return an_object(record, self.path, line, self.log)

    def _reject(self, reason: str, what: str, line: int, hint: str = "Repair or remove the record.") -> None:
        self.broken = True
        self.log.read += 1
        self.log.reject(reason, what, f"{self.path}:{line}", hint)


def an_object(record: Any, path: Path, number: int, log: ReadLog) -> dict[str, Any] | None:
    """The record, or None (after log.reject) where it is no object."""
    if isinstance(record, dict):
        return record
    log.read += 1
    log.reject("not an object", f"a {type(record).__name__} instead of an object", f"{path}:{number}", "One review per line.")
    return None
