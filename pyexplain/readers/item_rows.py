"""Files that say what items are called and like: which column holds the id and which the title, and chunks of checked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..data.types import Items
from ..errors import DataError, UsageError, either
from .base import ReadOptions
from .names import Columns, fold
from .read_log import ReadLog

KNOWN: dict[str, tuple[str, ...]] = {  # folded, the surest first
    "item": ("itemid", "item", "parentasin", "asin", "movieid", "productid", "businessid", "bookid", "gmapid", "iid", "sku", "id"),
    "title": ("title", "movietitle", "producttitle", "itemtitle", "booktitle", "productname", "itemname", "appname", "name"),
}
OURS = ("item", "title")
LONGEST = 1000  # characters of a cell that may hold values
SAID = {"item": "item's id", "title": "item's title"}


def item_name(name: str) -> tuple[str, int] | None:
    """Which of ours ("item", "title") a column of this name is, and its place among the usual names (0 = surest), or None."""
    plain = fold(name)
    return next(((ours, usual.index(plain)) for ours, usual in KNOWN.items() if plain in usual), None)


def find_item_columns(
    names: Sequence[str],
    told: Mapping[str, str],
    where: str,
    wanted: Sequence[str] = ("item", "title"),
    log: ReadLog | None = None,
) -> Columns:
    """Where our names are (those that are wanted): as told (ours -> the file's), else by the usual names, whatever their case. A
    file without titles may say what items are like all the same: they go by their ids then.

    log: where to say which were taken, for the terminal.
    UsageError for a column that is told and not there, DataError where there is none for the id, or nothing but ids.
    """
    at: dict[str, int] = {}
    best: dict[str, int] = {}
    for place, name in enumerate(names):
        ours, rank = item_name(name) or ("", 0)
        if ours and rank < best.get(ours, len(KNOWN[ours])):
            at[ours], best[ours] = place, rank
    for ours in wanted:
        if ours in told:
            at[ours] = _told_place(told[ours], names, where)
        elif ours not in at and (ours == "item" or len(names) < 2):
            raise _lacking(ours, names, where)
    if log is not None:
        said = [f"column {names[at[ours]]} of {where} is taken as the {SAID[ours]}" for ours in wanted if ours in at]
        how = "--item-columns title=NAME names one"
        untitled = [] if "title" in at else [f"no column is taken as the title: items go by their ids ({how})"]
        log.say("; ".join(said + untitled))
    return Columns(at, len(names), tuple(names))


def _told_place(theirs: str, names: Sequence[str], where: str) -> int:
    for wanted, known in ((theirs, list(names)), (fold(theirs), [fold(name) for name in names])):
        if wanted in known:
            return known.index(wanted)
    raise UsageError(f"there is no column {theirs!r}", where=where, hint=f"Its columns: {', '.join(names)[:200]}.")


def named(ours: str) -> str:
    """How one says which column holds ids or titles of items."""
    return either(f'item_columns={{"{ours}": NAME}}', f"--item-columns {ours}=NAME")


def _lacking(ours: str, names: Sequence[str], where: str) -> DataError:
    what, option = ("ids", "id") if ours == "item" else ("titles", "title")
    there = ", ".join(names)[:200] or "none"
    return DataError(
        f"there is no column of item {what}; the columns are {there}",
        where=where,
        hint=f"Say which it is: {named(option)}. Usual names: {', '.join(KNOWN[ours][:6])}.",
    )


class ItemRows:
    """Collects checked rows of one file, a chunk at a time."""

    def __init__(self, file: str, options: ReadOptions, log: ReadLog) -> None:
        self.file, self.options, self.log = file, options, log
        self.ids: list[str] = []
        self.titles: list[str] = []
        self.more: dict[str, dict[int, Any]] = {}  # column -> place in the chunk -> what the file says

    @property
    def full(self) -> bool:
        """Whether a chunk's worth has been gathered."""
        return len(self.ids) >= self.options.chunk

    def add(self, line: int, item: Any, title: Any, more: Mapping[str, Any] | None = None) -> None:
        """One record of `line`, as found in the file; more: what else it says, by the file's names. An item without a title is
        kept; one without an id goes to log.reject."""
        self.log.read += 1
        name, called = _text(item), _text(title)
        if not name or name.isspace():
            what = "the item id is empty" if name is not None else f"the item id is a {type(item).__name__}, not a text"
            self.log.reject("item without an id", what, f"{self.file}:{line}", "Repair or remove the line.")
        elif called is None:
            what = f"the title is a {type(title).__name__}, not a text"
            self.log.reject("title no text", what, f"{self.file}:{line}", "Repair or remove the line.")
        else:
            for column, value in (more or {}).items():
                if value is not None and not (isinstance(value, str) and not value):
                    self.more.setdefault(column, {})[len(self.ids)] = _short(value)
            self.ids.append(name)
            self.titles.append(called)

    def take(self) -> Items:
        """The chunk gathered so far; gathering starts anew."""
        ids, titles, more = self.ids, self.titles, self.more
        self.ids, self.titles, self.more = [], [], {}
        self.log.kept += len(ids)
        own = {name: pd.Series(values, dtype="object", index=None) for name, values in more.items() if name not in OURS}
        named = {"item": pd.Series(ids, dtype="object"), "title": pd.Series(titles, dtype="object")}
        return Items(pd.DataFrame(named | {name: values.reindex(range(len(ids))) for name, values in own.items()}))


def _short(value: Any) -> Any:
    """What may be an attribute, kept; a long text is known by `...` alone: nothing is made of it."""
    return ... if isinstance(value, str) and len(value) > LONGEST else value


def _text(value: Any) -> str | None:
    """A cell as text: "" for nothing, 7 for 7.0 (columns with gaps are read as fractions), None for what is no text at all."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    return None
