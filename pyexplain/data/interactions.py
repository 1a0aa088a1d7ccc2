"""One row a (user, item): the latest review counts, the others are duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .room import IN_MEMORY, Room
from .views import BLOCK, blocks

Int = npt.NDArray[np.int64]


PASSES = 64  # at most through all numbers, a part of them at a time


def latest_only(interactions: pd.DataFrame, room: Room = IN_MEMORY) -> tuple[pd.DataFrame, int]:
    """Rows (user, item, time, ...) with the latest of each (user, item) kept, in the order they came; how many were dropped.

    Among rows of one time, and where no time is known, the last that was read is the latest. room: where numbers go that are too
    many for memory.
    """
    user, item = (numbered(interactions[name]) for name in ("user", "item"))
    time = interactions["time"].to_numpy()
    kept = room.made(len(user), np.bool_, lambda part: True)
    for rows in together(user, room):
        own = user[rows], item[rows]
        order = np.lexsort((time[rows], own[1], own[0]))  # stable: of one time, the last that was read is the last
        again = np.logical_and.reduce([np.diff(numbers[order]) == 0 for numbers in own])
        kept[rows[order[:-1][again]]] = False
    if kept.all():
        return interactions.reset_index(drop=True), 0
    rows = room.where(len(kept), lambda part: kept[part])
    return rows_of(interactions, rows, room), len(kept) - len(rows)


def together(numbers: npt.NDArray[np.integer], room: Room = IN_MEMORY) -> Iterator[Int]:
    """Rows [m] of some of these numbers (from 0 on) at a time, ascending: those of one number always together. What is sorted part
    by part needs less memory than what is sorted whole."""
    ends = counted(numbers, room)
    np.cumsum(ends, out=ends)
    size = max(BLOCK, len(numbers) // PASSES)
    first, done = 0, 0
    while done < len(numbers):
        last = max(first + 1, int(np.searchsorted(ends, done + size, side="right")))
        done = int(ends[last - 1])
        yield _between(numbers, first, last)
        first = last


def _between(numbers: npt.NDArray[np.integer], first: int, last: int) -> Int:
    """Rows with numbers from first to last - 1; no marks of all rows are made."""
    found = [np.flatnonzero((numbers[part] >= first) & (numbers[part] < last)) + part.start for part in blocks(len(numbers))]
    return np.concatenate(found)


def counted(numbers: npt.NDArray[np.integer], room: Room = IN_MEMORY) -> Int:
    """How often each of 0..max comes among numbers [n]: as np.bincount, without a copy of them."""
    most = max((int(numbers[part].max()) for part in blocks(len(numbers))), default=-1)
    counts = room.made(most + 1, np.int64, lambda part: 0)
    for part in blocks(len(numbers)):
        np.add.at(counts, numbers[part], 1)
    return counts


def rows_of(frame: pd.DataFrame, rows: Int, room: Room) -> pd.DataFrame:
    """These rows, numbered anew: numbers, and names in the form of categories, where the room says."""
    return pd.DataFrame({name: _taken(frame[name], rows, room) for name in frame.columns}, copy=False)


def _taken(column: pd.Series, rows: Int, room: Room) -> Any:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = room.taken(column.cat.codes.to_numpy(), rows)
        return pd.Categorical.from_codes(codes, dtype=column.dtype, validate=False)
    return room.taken(column.to_numpy(), rows) if column.dtype.kind in "if" else column.iloc[rows].array


def numbered(names: pd.Series) -> npt.NDArray[np.integer]:
    """A number [n] from 0 on in place of each different name."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        return names.cat.codes.to_numpy()
    return pd.factorize(names)[0]
