"""From paths to reviews or mentions: the format found by looking, the reader found in the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.interactions import latest_only
from ..data.room import IN_MEMORY, Room
from ..data.types import Reviews
from ..errors import DataError, UsageError, either
from ..readers.base import MentionTable, Reader, ReadOptions
from ..readers.names import check_told
from ..readers.read_log import DUPLICATE, ReadLog, ReadReport
from ..readers.scale import USUAL
from ..readers.sources import head_of
from ..readers.strange import strange_file
from ..registry import Registry
from .frames import FrameReader
from .kept import KeptReviews
from .keys import Keys

Mask = npt.NDArray[np.bool_]


PARTS = ("train", "valid", "validation", "val", "dev", "test")  # what files are called that hold a part each
Given = Path | pd.DataFrame


@dataclass
class ReviewSource:
    """Review files that can be read as often as needed, always in the same order; `report` is of the last whole reading."""

    files: tuple[tuple[Path, Reader], ...]
    options: ReadOptions
    report: ReadReport = field(default_factory=ReadReport)
    rows: dict[Path, int] = field(default_factory=dict)  # that each file has in a whole reading; known after one
    kept: KeptReviews | None = None  # what interactions() read, where it was asked to keep it

    def chunks(self, wanted: Mask | None = None) -> Iterator[Reviews]:
        """Chunks of reviews; with `wanted` [reviews kept in a whole reading] only those that it marks."""
        at = 0
        for chunk in self._again() if self.kept is None else self.kept.chunks():
            marked = slice(None) if wanted is None else wanted[at : at + len(chunk)]
            at += len(chunk)
            yield Reviews(chunk.frame[marked].reset_index(drop=True))

    def _again(self) -> Iterator[Reviews]:
        """A whole reading."""
        if self.options.find_scale:
            self._find_scale()
        log = ReadLog(self.options.skip_bad, self.options.max_bad)
        yield from self._read(log)
        self._finish(log)

    def by_file(self, wanted: Mask) -> Iterator[tuple[ReviewSource, Mask]]:
        """Each file as a source of its own, with the marks of its reviews; after interactions(). Too many bad records are an error
        of the whole reading before it, not of one file."""
        at = 0
        for path, reader in self.files:
            marks = wanted[at : at + self.rows[path]]
            at += self.rows[path]
            yield ReviewSource(((path, reader),), replace(self.options, max_bad=1.0)), marks

    def interactions(self, room: Room | None = None, texts: bool = True) -> pd.DataFrame:
        """One pass: user, item, rating, time of the latest review of each pair, `split`, the part that its file says it is of (""
        where none does), and `row`, its number in the whole reading. Names are categories.

        Duplicates are counted in `report.dropped`. Keys only: the texts are held where a room is given and `texts` says so, and
        then chunks() reads no file again. Where the scale of ratings is to be found, this is where it is; a second pass is made
        where it is not the usual one, or a rating is outside it.
        """
        of_texts, of_keys = room if texts else None, room or IN_MEMORY
        log, keys = self._keys(of_texts, of_keys)
        if self.options.find_scale and self._settle(log):
            del keys
            log, keys = self._keys(of_texts, of_keys)
        self._finish(log)
        latest, dropped = latest_only(keys.frame(), of_keys)
        duplicates = {DUPLICATE: dropped} if dropped else {}
        report = self.report
        self.report = replace(report, kept=report.kept - dropped, dropped=report.dropped | duplicates)
        return latest

    def _keys(self, room: Room | None, of_keys: Room) -> tuple[ReadLog, Keys]:
        log, keys = ReadLog(self.options.skip_bad, self.options.max_bad), Keys(of_keys)
        self.kept = None if room is None else KeptReviews(room)
        for chunk in self._read(log):
            keys.add(chunk.frame)
            if self.kept is not None:
                self.kept.add(chunk)
        return log, keys

    def _read(self, log: ReadLog) -> Iterator[Reviews]:
        part = part_of_files([path for path, _ in self.files])
        for path, reader in self.files:
            log.start(str(path))
            count = 0
            for chunk in reader.read(path, self.options, log):
                if len(chunk):
                    count += len(chunk)
                    yield chunk if path not in part else Reviews(chunk.frame.assign(split=part[path]))
            self.rows[path] = count

    def _find_scale(self) -> None:
        log = ReadLog(self.options.skip_bad, self.options.max_bad)
        for _ in self._read(log):
            pass
        self._settle(log)

    def _settle(self, log: ReadLog) -> bool:
        """Fix the scale that the ratings show; whether what was read on no scale has to be read again on it."""
        self.options = self.options.on(log.ratings.scale())
        return self.options.scale != USUAL or not log.ratings.within(self.options.scale)

    def _finish(self, log: ReadLog) -> None:
        if self.options.scale != USUAL:
            log.say(self.options.scale.said())
        log.finish()
        self.report = replace(log.report(), scale=self.options.scale)
        if not self.report.kept:
            raise DataError("no review could be read", where=", ".join(self.report.files), hint="Check the file and --format.")


def part_of_files(paths: Sequence[Path]) -> dict[Path, str]:
    """The part (train, valid, test) of each of several files that are all called after one; none of files that are not."""
    words = {path: [word for word in re.split(r"[^a-z]+", path.name.lower()) if word in PARTS] for path in paths}
    named = {path: found[0] for path, found in words.items() if len(found) == 1}
    return named if len(paths) > 1 and len(named) == len(paths) and "train" in named.values() else {}


def open_reviews(
    paths: Sequence[Given], registry: Registry, format: str = "auto", options: ReadOptions | None = None
) -> ReviewSource:
    """The readers of these files, or data frames. DataError where one is missing, empty or of no known format."""
    if not paths:
        raise UsageError("no review file was given", hint="Give one or more files.")
    options = options or ReadOptions()
    files = tuple(
        (Path(f"data frame {number}"), FrameReader(one))
        if isinstance(one, pd.DataFrame)
        else (one, find_reader(one, registry, format, ("reviews",), options))
        for number, one in enumerate(paths, 1)
    )
    return ReviewSource(files, options)


def open_mentions(
    path: Path, registry: Registry, format: str = "auto", options: ReadOptions | None = None
) -> tuple[MentionTable, ReadReport]:
    """All mentions of a file or folder, and what was met on the way."""
    options = options or ReadOptions()
    reader = find_reader(path, registry, format, ("mentions",), options)
    log = ReadLog(options.skip_bad, options.max_bad)
    log.start(str(path))
    table = reader.read_mentions(path, options, log)
    if options.find_scale:
        scale = log.ratings.scale()
        if scale != USUAL or not log.ratings.within(scale):
            return open_mentions(path, registry, reader.name, options.on(scale))
    if options.scale != USUAL:
        log.say(options.scale.said())
    log.finish()
    if not len(table.mentions):
        raise DataError("the file holds no mention of any feature", where=str(path), hint=f"It was read as {reader.name}.")
    return table, replace(log.report(), scale=options.scale)


def find_reader(
    path: Path,
    registry: Registry,
    format: str = "auto",
    kinds: Sequence[str] = ("reviews", "mentions"),
    options: ReadOptions | None = None,
) -> Reader:
    """The reader of a name, or the first (by name) that knows the file by its look, with columns named as in the options.

    Raises DataError where the file is missing, empty or of no known format, UsageError for an unknown name or the wrong kind.
    """
    if not path.exists():
        raise DataError("there is no such file", where=str(path), hint="Check the path.")
    classes: dict[str, type[Reader]] = registry.classes("reader")
    if format != "auto":
        named: Reader = registry.get("reader", format)()
        if named.kind not in kinds:
            raise UsageError(f"format {format} holds {named.kind}, expected {' or '.join(kinds)}", where="option --format")
        head_of(path)
        return named
    options = options or ReadOptions()
    check_told(options.columns)
    head = head_of(path)
    readers = [cls() for cls in classes.values() if cls.kind in kinds]
    for reader in readers:
        if reader.detect_columns(path, head, options):
            return reader
    others = {"reviews", "mentions", "dataset"}.difference(kinds)
    for other in (cls() for cls in classes.values() if cls.kind in others):
        if other.detect_columns(path, head, options):
            command = "import" if "reviews" in kinds else "prepare"
            hint = f"Use 'pyexplain data {command}', or name the format with --format."
            raise DataError(f"it looks like {other.name}, which holds {other.kind}", where=str(path), hint=hint)
    raise _unknown(path, head, readers, options)


def _unknown(path: Path, head: bytes, readers: Sequence[Reader], options: ReadOptions) -> DataError:
    """What to say of a file that no reader knows: what it lacks, where it looks like a format all the same."""
    near = [text for reader in readers if (text := reader.lacks(path, head, options))]
    if near:
        of_reviews = any(reader.kind == "reviews" for reader in readers)
        names = ("user", "item", "rating", *(("text",) if of_reviews else ("feature", "sentiment")))
        told = ", ".join(f'"{name}": ...' for name in names)
        columns = either(f"columns={{{told}}}", f'--columns "{",".join(f"{name}=..." for name in names)}"')
        hint = f"Name its columns, for example {columns}, or its format with --format."
        return DataError(near[0], where=str(path), hint=hint)
    if strange := strange_file(path, head):
        return strange
    if head[1:64:2] == bytes(32) or head[:64:2] == bytes(32):
        hint = "It may be UTF-16 without a byte order mark: iconv -f utf-16le -t utf-8 (or utf-16be)."
        return DataError("a binary file of no known format", where=str(path), hint=hint)
    look = "binary" if b"\0" in head else "text"
    known = "".join(f"\n    {reader.name}: {reader.description}" for reader in readers)
    return DataError(f"a {look} file of no known format", where=str(path), hint=f"Name it with --format. Known:{known}")
