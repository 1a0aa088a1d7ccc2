"""What a person's files say of the items, put into the data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..data.types import Dataset
from ..errors import UsageError
from ..registry import Registry
from .item_files import ItemTitles, read_titles
from .settings import PrepareOptions

OURS = {"id": "item", "item": "item", "title": "title"}


def find_titles(options: PrepareOptions, registry: Registry, ids: Iterable[str]) -> ItemTitles | None:
    """Titles of these ids from `options.items`; None where there are no files. Errors as in read_titles."""
    strange = sorted(set(options.item_columns) - set(OURS))
    if strange:
        raise UsageError(f"there is no {strange[0]!r} to name a column for", where="--item-columns", hint="Known: id, title.")
    if options.item_columns and not options.items:
        raise UsageError("columns of items without a file of items", where="--item-columns", hint="Give the file with --items.")
    if not options.items:
        return None
    columns = {OURS[ours]: theirs for ours, theirs in options.item_columns.items()}
    return read_titles(options.items, registry, frozenset(ids), replace(options.read, columns=columns))


def with_titles(data: Dataset, found: ItemTitles | None) -> Dataset:
    """The data set with these titles, and in its report how many there are; the same data set where there are none."""
    if found is None:
        return data
    return replace(
        data, items=data.items.with_titles(found.titles), report={**data.report, "items": found.to_json(data.items.names)}
    )
