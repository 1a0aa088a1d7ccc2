"""One row a (user, item): the latest review counts, the others are duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .room import IN_MEMORY, Room, give_back
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
    kept = np.ones(len(user), dtype=bool)
    for rows in together(user):
        own = user[rows], item[rows]
        order = np.lexsort((time[rows], own[1], own[0]))  # stable: of one time, the last that was read is the last
        again = np.logical_and.reduce([np.diff(numbers[order]) == 0 for numbers in own])
        kept[rows[order[:-1][again]]] = False
    if kept.all():
        return interactions.reset_index(drop=True), 0
    return _taken(interactions, np.flatnonzero(kept), room), int((~kept).sum())


def together(numbers: npt.NDArray[np.integer]) -> Iterator[Int]:
    """Rows [m] of some of these numbers (from 0 on) at a time, ascending: those of one number always together. What is sorted part
    by part needs less memory than what is sorted whole."""
    ends = np.cumsum(np.bincount(numbers))
    size = max(BLOCK, len(numbers) // PASSES)
    first, done = 0, 0
    while done < len(numbers):
        last = max(first + 1, int(np.searchsorted(ends, done + size, side="right")))
        done = int(ends[last - 1])
        yield np.flatnonzero((numbers >= first) & (numbers < last))
        first = last


def _taken(frame: pd.DataFrame, rows: Int, room: Room) -> pd.DataFrame:
    """These rows, numbered anew."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind not in "if":
            columns[name] = column.iloc[rows].array
            continue
        columns[name] = room.array((len(rows),), column.dtype)
        for part in blocks(len(rows)):
            columns[name][part] = column.to_numpy()[rows[part]]
        give_back(columns[name])
    return pd.DataFrame(columns, copy=False)


def numbered(names: pd.Series) -> npt.NDArray[np.integer]:
    """A number [n] from 0 on in place of each different name."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        return names.cat.codes.to_numpy()
    return pd.factorize(names)[0]
