"""From paths to reviews or mentions: the format found by looking, the reader found in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.interactions import latest_only
from ..data.types import Reviews
from ..errors import DataError, UsageError
from ..registry import Registry
from .base import MentionTable, Reader, ReadOptions
from .read_log import ReadReport, Tally
from .sources import head_of

Mask = npt.NDArray[np.bool_]


@dataclass
class ReviewSource:
    """Review files that can be read as often as needed, always in the same order; `report` is of the last whole reading."""

    files: tuple[tuple[Path, Reader], ...]
    options: ReadOptions
    report: ReadReport = field(default_factory=ReadReport)

    def chunks(self, wanted: Mask | None = None) -> Iterator[Reviews]:
        """Chunks of reviews; with `wanted` [reviews kept in a whole reading] only those that it marks."""
        tally = Tally(self.options.skip_bad)
        at = 0
        for path, reader in self.files:
            tally.start(str(path))
            for chunk in reader.read(path, self.options, tally):
                if not len(chunk):
                    continue
                marked = slice(None) if wanted is None else wanted[at : at + len(chunk)]
                at += len(chunk)
                yield Reviews(chunk.frame[marked].reset_index(drop=True))
        tally.finish()
        self.report = tally.report()
        if not self.report.kept:
            raise DataError("no review could be read", where=", ".join(self.report.files), hint="Check the file and --format.")

    def interactions(self) -> pd.DataFrame:
        """One pass: user, item, rating, time of the latest review of each pair, and `row`, its number in the whole reading.

        Duplicates are counted in `report.dropped`. Keys only: the texts are never held.
        """
        keys = pd.concat([chunk.frame[["user", "item", "rating", "time"]] for chunk in self.chunks()], ignore_index=True)
        latest, dropped = latest_only(keys.assign(row=np.arange(len(keys), dtype=np.int64)))
        report = self.report
        duplicates = {"duplicate of a later review": dropped} if dropped else {}
        self.report = ReadReport(
            report.files, report.read, report.kept - dropped, report.bad, duplicates, report.notes, report.examples
        )
        return latest


def open_reviews(
    paths: Sequence[Path], registry: Registry, format: str = "auto", options: ReadOptions | None = None
) -> ReviewSource:
    """The readers of these files. DataError where one is missing, empty or of no known format."""
    if not paths:
        raise UsageError("no review file was given", hint="Give one or more files.")
    files = tuple((path, find_reader(path, registry, format, ("reviews",))) for path in paths)
    return ReviewSource(files, options or ReadOptions())


def open_mentions(
    path: Path, registry: Registry, format: str = "auto", options: ReadOptions | None = None
) -> tuple[MentionTable, ReadReport]:
    """All mentions of a file or folder, and what was met on the way."""
    options = options or ReadOptions()
    reader = find_reader(path, registry, format, ("mentions",))
    tally = Tally(options.skip_bad)
    tally.start(str(path))
    table = reader.read_mentions(path, options, tally)
    tally.finish()
    if not len(table.mentions):
        raise DataError("the file holds no mention of any feature", where=str(path), hint=f"It was read as {reader.name}.")
    return table, tally.report()


def find_reader(path: Path, registry: Registry, format: str = "auto", kinds: Sequence[str] = ("reviews", "mentions")) -> Reader:
    """The reader of a name, or the first (by name) that knows the file by its look.

    Raises DataError where the file is missing, empty or of no known format, UsageError for an unknown name or the wrong kind.
    """
    if not path.exists():
        raise DataError("there is no such file", where=str(path), hint="Check the path.")
    classes: dict[str, type[Reader]] = registry.classes("reader")
    if format != "auto":
        named: Reader = registry.get("reader", format)()
        if named.kind not in kinds:
            raise UsageError(f"format {format} holds {named.kind}, wanted {' or '.join(kinds)}", where="option --format")
        head_of(path)
        return named
    head = head_of(path)
    readers = [cls() for cls in classes.values() if cls.kind in kinds]
    for reader in readers:
        if reader.detect(path, head):
            return reader
    look = "binary" if b"\0" in head else "text"
    known = "; ".join(f"{reader.name}: {reader.description}" for reader in readers)
    raise DataError(f"a {look} file of no known format", where=str(path), hint=f"Name it with --format. Known: {known}.")
