"""Bytes of a file, packed by gzip or not, as lines with their numbers; whatever breaks is said with its place."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ..errors import DataError
from .read_log import ReadLog

GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 64 << 20  # a longer "line" means a file that has none
UNPACK_ERRORS = (EOFError, zlib.error, UnicodeDecodeError)
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def blocks(path: Path) -> Iterator[bytes]:
    """The file's bytes, unpacked where it begins like gzip, as UTF-8 where it is UTF-16; about a megabyte at a time.

    Raises DataError where it is missing, a folder or unreadable. A damaged or cut file gives all that can be unpacked, then raises
    one of UNPACK_ERRORS.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            whole = iter(lambda: raw.read(BLOCK_BYTES), b"")
            yield from _with_newlines(_as_utf8(_unpacked(whole) if packed else whole))
    except UNPACK_ERRORS:
        raise
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path), hint="Check path and disk.") from error


def _as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-16, which spreadsheets write and which its byte order mark tells, as UTF-8; everything else as it is."""
    first = b""
    for piece in pieces:  # the first ones may be empty, or a byte
        first += piece
        if len(first) > 1:
            break
    if not first.startswith(UTF16):
        yield from chain((first,) if first else (), pieces)
        return
    decoder = codecs.getincrementaldecoder("utf-16")()
    for piece in chain((first,), pieces):
        yield decoder.decode(piece).encode("utf-8", "replace")
    decoder.decode(b"", final=True)


def _with_newlines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Carriage returns as newlines where the first megabyte holds those alone, as in files of older Macs."""
    old: bool | None = None
    for piece in pieces:
        if old is None and piece:
            old = b"\r" in piece and b"\n" not in piece
        yield piece.replace(b"\r", b"\n") if old else piece


def _unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip, perhaps several streams one after another; zeros after the last one are padding."""
    stream, fresh = zlib.decompressobj(wbits=31), True
    for piece in packed:
        while piece:
            if fresh and not (piece := piece.lstrip(b"\0")):
                break
            yield stream.decompress(piece, BLOCK_BYTES)  # bounded: a small file may unpack to a very large one
            fresh = False
            piece = stream.unconsumed_tail
            if stream.eof:
                piece, stream, fresh = stream.unused_data, zlib.decompressobj(wbits=31), True
    if not fresh:
        rest = stream.flush()
        if rest:
            yield rest
        if not stream.eof:
            raise EOFError("it stops before its end mark")


def head_of(path: Path) -> bytes:
    """The first bytes, unpacked; empty for a folder. DataError where there is nothing or it cannot be unpacked."""
    if path.is_dir():
        return b""
    head = b""
    try:
        for block in blocks(path):
            head += block
            if len(head) >= HEAD_BYTES:
                break
    except UNPACK_ERRORS as error:
        if not head:
            kind = "UTF-16" if isinstance(error, UnicodeDecodeError) else "gzip"
            hint = "Fetch or copy the file again."
            raise DataError(f"begins like {kind}, but cannot be unpacked", where=str(path), hint=hint) from error
    if not head:
        raise DataError("the file is empty", where=str(path), hint="Give a file with reviews or mentions.")
    return head[:HEAD_BYTES]


def lines(path: Path, log: ReadLog) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, line without its end) of a text file; empty lines are left out. Errors as in raw_lines."""
    for number, line in raw_lines(path, log):
        if line := line.strip(b"\r\n "):
            yield number, line


def raw_lines(path: Path, log: ReadLog) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, line with its own ends but for the newline), a byte order mark taken off.

    A gzip file that ends early or is damaged raises DataError with the last good line, or counts as one bad record.
    """
    for first, block in line_blocks(path, log):
        yield from enumerate(block, first)


def line_blocks(path: Path, log: ReadLog) -> Iterator[tuple[int, list[bytes]]]:
    """The same lines, about a megabyte at a time, with the number of the first; what is broken is said behind all lines before."""
    number, rest = 0, b""
    try:
        for block in blocks(path):
            *whole, rest = (rest + block).split(b"\n")
            if whole:
                yield number + 1, _unmarked(whole, number)
            number += len(whole)
            if len(rest) > MAX_LINE_BYTES:
                what = f"a line longer than {MAX_LINE_BYTES >> 20} MB"
                raise DataError(what, where=f"{path}:{number + 1}", hint="This is not a text file with one record per line.")
    except UNPACK_ERRORS as error:
        _reject_damaged(error, path, number, log)
        return
    if rest:
        yield number + 1, _unmarked([rest], number)


def texts(path: Path, log: ReadLog) -> Iterator[str]:
    """The file as text, about a megabyte at a time; bytes that are no UTF-8 come as the letters U+DC80 to U+DCFF."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    number = 0
    try:
        for block in blocks(path):
            number += block.count(b"\n")
            yield decoder.decode(block)
    except UNPACK_ERRORS as error:
        _reject_damaged(error, path, number, log)
    yield decoder.decode(b"", final=True)


def _reject_damaged(error: Exception, path: Path, number: int, log: ReadLog) -> None:
    kind = "UTF-16" if isinstance(error, UnicodeDecodeError) else "gzip"
    what = f"the {kind} file is damaged or ends early after this line ({error})"
    log.read += 1
    log.reject(f"damaged {kind}", what, f"{path}:{number}", "Fetch or copy the file again.")


def _unmarked(lines: list[bytes], before: int) -> list[bytes]:
    """Lines without the byte order mark, which stands before the first one of a file."""
    return lines if before else [lines[0].removeprefix(b"\xef\xbb\xbf"), *lines[1:]]


def decoded(line: bytes, path: Path, number: int, log: ReadLog) -> str | None:
    """The line as text; None (after log.reject) where it is not UTF-8."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        byte, column = line[error.start], error.start + 1
        what = f"not UTF-8 text: byte 0x{byte:02x} in column {column}"
        log.reject("not UTF-8", what, f"{path}:{number}", "Convert the file, e.g. iconv -f cp1252 -t utf-8.")
        return None
