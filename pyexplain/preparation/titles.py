"""What a person's files say of the items, put into the data set: titles, and attributes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..data.attributes import with_attributes
from ..data.kinds import ATTRIBUTE
from ..data.types import Dataset
from ..errors import UsageError
from ..registry import Registry
from .attributes import make_attributes
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


def with_what_is_said(data: Dataset, found: ItemTitles | None, options: PrepareOptions) -> Dataset:
    """The data set with titles and, where they are wanted, attributes."""
    data = with_titles(data, found)
    if found is None or ATTRIBUTE not in options.kinds:
        return data
    made = make_attributes(found.more, data.items, options.attributes)
    report = {**data.report, "attributes": made.report}
    return replace(with_attributes(data, made.names, made.has) if made.names else data, report=report)
