"""Tables of text: the delimiter and the columns found by their names, rows with the line where each ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import DataError, UsageError
from .read_log import Tally
from .sources import decoded, raw_lines

DELIMITERS = ",\t;|"
MILLISECONDS = 1e11  # a time beyond this cannot be seconds: it would be the year 5138
KNOWN: dict[str, tuple[str, ...]] = {
    "user": ("user_id", "user", "userid", "reviewerid", "uid", "reviewer_id"),
    "item": ("item_id", "item", "itemid", "asin", "parent_asin", "iid", "product_id", "business_id"),
    "rating": ("rating", "overall", "stars", "score"),
    "text": ("text", "review", "reviewtext", "review_text", "content", "body", "comment"),
    "summary": ("summary", "title", "headline"),
    "time": ("timestamp", "time", "unixreviewtime", "unix_time", "date"),
    "feature": ("feature", "aspect"),
    "opinion": ("opinion",),
    "sentiment": ("sentiment", "polarity"),
    "sentence": ("sentence",),
    "split": ("split", "part"),
    "review": ("review_id",),
}


@dataclass(frozen=True)
class Columns:
    """Our name -> position in the file's rows; names that the file lacks are absent."""

    at: dict[str, int]
    count: int

    def value(self, row: Sequence[Any], name: str, default: Any = None) -> Any:
        """The cell of a row under our name."""
        place = self.at.get(name)
        return default if place is None else row[place]


def find_columns(header: Sequence[str], told: Mapping[str, str], wanted: Sequence[str], where: str) -> Columns:
    """Where our columns are: as told by the user, else by the usual names. DataError where a wanted one is missing."""
    names = [name.strip().strip('"').lower() for name in header]
    at: dict[str, int] = {}
    for name, usual in KNOWN.items():
        if name in told and told[name].lower() not in names:
            raise UsageError(f"there is no column {told[name]!r}", where=where, hint=f"The file's columns: {', '.join(header)}.")
        for candidate in (told[name].lower(),) if name in told else usual:
            if candidate in names:
                at[name] = names.index(candidate)
                break
    missing = [name for name in wanted if name not in at]
    if missing:
        known = "; ".join(f"{name}: {', '.join(KNOWN[name])}" for name in missing)
        raise DataError(
            f"there is no column for {', '.join(missing)}; the file has {', '.join(header)[:200]}",
            where=where,
            hint=f"Usual names are {known}.",
        )
    return Columns(at, len(header))


def header_of(head: bytes) -> tuple[list[str], str] | None:
    """The first line's cells and their delimiter; None where the file does not begin like a table."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip(b"\r")
    try:
        text = line.decode("utf-8")
        delimiter = max(DELIMITERS, key=text.count)
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return (cells, delimiter) if len(cells) > 1 else None


def has_columns(head: bytes, wanted: Sequence[str], told: Mapping[str, str] | None = None) -> bool:
    """Whether a file that begins like this is a table with these columns (our names)."""
    found = header_of(head)
    if found is None:
        return False
    try:
        find_columns(found[0], told or {}, wanted, "")
    except (DataError, UsageError):
        return False
    return True


def rows(
    path: Path, delimiter: str, tally: Tally, quoting: bool = True, wanted: int | None = None
) -> Iterator[tuple[int, list[str]]]:
    """(line where it ends, cells) of each row behind the header; rows of another length than the header's are rejected.

    quoting: cells in double quotes may hold delimiters and line breaks; without it quotes are letters like others. wanted: cells
    that the header is known to have; DataError where it has another number when read as rows are (a stray carriage return).
    """
    numbered = raw_lines(path, tally)
    at = [0]

    def texts() -> Iterator[str]:
        for number, line in numbered:
            at[0] = number
            text = decoded(line, path, number, tally)
            if text is None:
                tally.read += 1
            else:
                yield text + "\n"

    reader = csv.reader(texts(), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE)
    width = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.read += 1
            tally.reject("broken row", f"broken row: {error}", f"{path}:{at[0]}", "Repair or remove the line.")
            continue
        if not width:
            width = len(cells)
            if wanted is not None and width != wanted:
                what = f"the header has {wanted} cells, of which {width} can be read"
                raise DataError(what, where=f"{path}:1", hint="Look for a stray carriage return or a quote in it.")
        elif len(cells) == width:
            yield at[0], cells
        elif cells:
            tally.read += 1
            what = f"{len(cells)} cells instead of {width}"
            tally.reject("wrong number of cells", what, f"{path}:{at[0]}", "Quote cells that hold the delimiter.")


def seconds(value: Any) -> Any:
    """A time as seconds since 1970: numbers as they are, milliseconds divided, dates in ISO 8601 parsed (UTC where no zone is
    given). What is none of these comes back unchanged, to be rejected with the value shown."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return value
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return number / 1000 if number > MILLISECONDS else value
