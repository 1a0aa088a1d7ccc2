"""Files that are no reviews by their first bytes: what each is, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError

UNPACK = "Unpack it, and give the files that are in it."
CONVERT = "Write it as CSV, JSON lines or Parquet."
OTHER = "Give files of text or Parquet: docs/formats.md lists what is read."
BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n", "a picture (PNG)", OTHER),
    (b"\xff\xd8\xff", "a picture (JPEG)", OTHER),
    (b"GIF8", "a picture (GIF)", OTHER),
    (b"II*\0", "a picture (TIFF)", OTHER),
    (b"MM\0*", "a picture (TIFF)", OTHER),
    (b"%PDF-", "a PDF document", OTHER),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old document of Excel or Word", "Save its table as CSV in UTF-8."),
    (b"BZh", "a file packed by bzip2", "Unpack it with bunzip2, or pack it with gzip."),
    (b"\xfd7zXZ\0", "a file packed by xz", "Unpack it with unxz, or pack it with gzip."),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", "Unpack it with unzstd, or pack it with gzip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"SQLite format 3\0", "a database of SQLite", "Write its table of reviews as CSV: sqlite3 -header -csv FILE 'select ...'."),
    (b"\x89HDF\r\n", "an HDF5 file", CONVERT),
    (b"\x93NUMPY", "an array of numpy", CONVERT),
    (b"ARROW1\0\0", "an Arrow or Feather file", CONVERT),
    (b"ORC", "an ORC file", CONVERT),
    (b"Obj\x01", "an Avro file", CONVERT),
)
PAGES = (b"<!doctype html", b"<html")
TAR = slice(257, 262)  # where a tar archive says what it is


def strange_file(path: Path, head: bytes) -> DataError | None:
    """The error of a file that no reader knows, where its first bytes (unpacked, if it is gzip) tell what it is; None where not."""
    found = _look(head)
    return None if found is None else DataError(f"this is {found[0]}, which is not read", where=str(path), hint=found[1])


def _look(head: bytes) -> tuple[str, str] | None:
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    if head[TAR] == b"ustar":
        return "a tar archive", UNPACK
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a picture (WebP)", OTHER
    if head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "a pickle", "It could run code. Write what is in it as CSV, JSON lines or Parquet: frame.to_parquet(...)."
    start = head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(PAGES):
        return "a web page", "Is it what a download gave in place of the file? Look at it, and fetch the file again."
    if start.startswith(b"<?xml"):
        return "an XML file", CONVERT
    return next(((what, hint) for begins, what, hint in BEGINNINGS if head.startswith(begins)), None)


def _zip(head: bytes) -> tuple[str, str]:
    """A zip archive, or a document that is stored as one; the name of its first file stands behind 30 bytes of header."""
    if b"xl/" in head or b"word/" in head:
        return "a document of Excel or Word", "Save its table as CSV in UTF-8, or in Python: px.prepare(pd.read_excel(...))."
    if b"content.xml" in head or b"application/vnd.oasis" in head:
        return "a document of LibreOffice", "Save its table as CSV in UTF-8."
    return "a zip archive", UNPACK
