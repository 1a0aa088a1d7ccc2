"""Titles of a data set's items, and what else files, or a data frame, say of them: the kind found by looking, ids matched, all
counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..data.titles import clean_title
from ..data.types import Items
from ..errors import DataError
from ..readers.base import Reader, ReadOptions
from ..readers.item_rows import ItemRows, find_item_columns, named
from ..readers.read_log import ReadLog, ReadReport
from ..readers.sources import head_of
from ..readers.strange import strange_file
from ..registry import Registry

ItemFile = Path | pd.DataFrame
SHOWN = 3  # ids that a message shows


@dataclass
class ItemTitles:
    """What was found for some ids. titles: id -> cleaned title. more: column -> id -> what a file says. seen: ids that the files
    have at all.

    known, unknown: records of these ids, and of others; duplicates: records of an item that was there before (the
    latest title counts); read: what was met on the way. Memory grows with the data set's items, not with the files.
    """

    titles: dict[str, str] = field(default_factory=dict)
    more: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    known: int = 0
    unknown: int = 0
    duplicates: int = 0
    strange: list[str] = field(default_factory=list)
    read: ReadReport = field(default_factory=ReadReport)

    def add(self, chunk: Items, ids: Collection[str]) -> None:
        """Count a chunk, and keep what is of these ids."""
        for item, title in zip(chunk.frame["item"], chunk.frame["title"], strict=True):
            if item not in ids:
                self.unknown += 1
                if len(self.strange) < SHOWN:
                    self.strange.append(item)
                continue
            self.known += 1
            self.duplicates += item in self.seen
            self.seen.add(item)
            if cleaned := clean_title(title):
                self.titles[item] = cleaned
        for column in chunk.frame.columns.difference(["item", "title"]):
            said = chunk.frame[["item", column]].dropna()
            own = {item: value for item, value in zip(said["item"], said[column], strict=True) if item in ids}
            self.more.setdefault(column, {}).update(own)

    def to_json(self, items: Collection[str]) -> dict[str, object]:
        """Plain containers, for the report of the data set that has these items in the end."""
        titled, strange = sum(item in self.titles for item in items), len(self.seen.difference(items))
        counts = {"titled": titled, "untitled": len(items) - titled, "not_in_dataset": self.unknown + strange}
        return {**self.read.to_json(), **counts, "duplicates": self.duplicates}


def read_titles(
    files: Sequence[ItemFile], registry: Registry, ids: Collection[str], options: ReadOptions | None = None
) -> ItemTitles:
    """Titles of these ids from files or data frames, read once; `options.columns` may name the columns item and title.

    Raises DataError for a file that cannot be read, has no column of ids or titles, or has no id in common with the data set.
    """
    options = options or ReadOptions()
    known = frozenset(ids)
    found, log = ItemTitles(), ReadLog(options.skip_bad, options.max_bad)
    for source in files:
        known_before, kept_before = found.known, log.kept
        found.strange.clear()
        name = "the data frame of items" if isinstance(source, pd.DataFrame) else str(source)
        log.start(name)
        for chunk in _chunks(source, name, registry, options, log):
            found.add(chunk, known)
        if found.known == known_before:
            raise _no_common_id(name, log.kept - kept_before, found.strange, known)
    log.finish()
    found.read = log.report()
    return found


def _chunks(source: ItemFile, name: str, registry: Registry, options: ReadOptions, log: ReadLog) -> Iterator[Items]:
    if not isinstance(source, pd.DataFrame):
        yield from _reader(source, registry).read_items(source, options, log)
        return
    columns = find_item_columns([str(column) for column in source.columns], options.columns, name, log=log)
    rows = ItemRows(name, options, log)
    for number, cells in enumerate(source.astype("object").itertuples(index=False, name=None), 1):
        rows.add(number, columns.value(cells, "item"), columns.value(cells, "title"), columns.others(cells))
    yield rows.take()


def _reader(path: Path, registry: Registry) -> Reader:
    """The first reader of items, by name, that knows the file by its look."""
    if not path.exists():
        raise DataError("there is no such file", where=str(path), hint="Check the path.")
    head = head_of(path)
    readers: list[Reader] = [cls() for cls in registry.classes("reader").values() if cls.kind == "items"]
    for reader in readers:
        if reader.detect(path, head):
            return reader
    if strange := strange_file(path, head):
        raise strange
    known = "".join(f"\n    {reader.name}: {reader.description}" for reader in readers)
    raise DataError("no known format of items", where=str(path), hint=f"Known:{known}")


def _no_common_id(name: str, count: int, strange: list[str], known: frozenset[str]) -> DataError:
    theirs, ours = ", ".join(map(repr, strange)) or "none", ", ".join(map(repr, sorted(known)[:SHOWN]))
    return DataError(
        f"none of its {count:,} ids is an item of the data set",
        where=name,
        hint=f"Its first ids: {theirs}; the data set's: {ours}. Is it the right file? {named('id')} names another column.",
    )
