"""Which cells (user, word) or (item, word) were mentioned, how often and how well, counted part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .room import IN_MEMORY, Room
from .views import BLOCK, blocks, offsets_of

Int = npt.NDArray[np.int64]
WIDEST = 2**62  # numbers of cells and sentiments together are below


@dataclass(frozen=True, eq=False)
class Cells:
    """m cells in the order of rows, then of words: offsets [n_rows + 1]; word [m]; count [m] of mentions, sum [m] of sentiments."""

    offsets: Int
    word: Int
    count: npt.NDArray[np.float32]
    sum: npt.NDArray[np.float64]


def cells_of(mentions: pd.DataFrame, column: str, shape: tuple[int, int], room: Room = IN_MEMORY) -> Cells:
    """The cells of mentions (numbers in user, item, feature; sentiment in -1..1), rows by column, "user" or "item"; shape: rows and
    words there are. room: where arrays go that are too large for memory. ValueError for a row beyond the shape."""
    owner, word, sentiment = (mentions[name].to_numpy() for name in (column, "feature", "sentiment"))
    if len(owner) and owner.max() >= shape[0]:
        raise ValueError(f"row numbers must lie in 0..{shape[0] - 1}, got {owner.max()}")
    if not len(owner):
        return Cells(np.zeros(shape[0] + 1, np.int64), *(np.zeros(0, kind) for kind in (np.int64, np.float32, np.float64)))  # type: ignore[arg-type]
    low, high = float(sentiment.min()), float(sentiment.max())
    span = int(high - low) + 1
    whole = all((sentiment[part] == np.rint(sentiment[part])).all() for part in blocks(len(owner)))
    if not whole or shape[0] * shape[1] * span >= WIDEST:
        return _grouped(owner.astype(np.int64) * shape[1] + word, mentions["sentiment"].astype(np.float64), shape)
    keys = room.array((len(owner),), np.int64)  # then the order in which sentiments are added up does not show
    for part in blocks(len(owner)):
        cell = owner[part].astype(np.int64) * shape[1] + word[part]
        keys[part] = cell * span + (sentiment[part] - low).astype(np.int64)
    keys.sort()
    return _counted(keys, span, int(low), shape, room)


def _grouped(cell: Int, sentiment: pd.Series, shape: tuple[int, int]) -> Cells:
    found = sentiment.groupby(cell, sort=True).agg(["size", "sum"])
    row, word = np.divmod(found.index.to_numpy(dtype=np.int64), shape[1])
    count, total = found["size"].to_numpy(np.float32), found["sum"].to_numpy(np.float64)
    return Cells(offsets_of(np.bincount(row, minlength=shape[0])), word, count, total)


def _counted(keys: Int, span: int, low: int, shape: tuple[int, int], room: Room) -> Cells:
    """From numbers of cell and sentiment together, ascending."""
    size = sum(len(np.flatnonzero(np.diff(part // span, prepend=-1))) for part in _parts(keys, span))
    word, count, total = (room.array((size,), kind) for kind in (np.int64, np.float32, np.float64))
    of_row, at = np.zeros(shape[0], np.int64), 0
    for part in _parts(keys, span):
        cell, above = np.divmod(part, span)
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        here, row = slice(at, at + len(first)), cell[first] // shape[1]
        times = np.diff(first, append=len(cell))
        word[here], count[here], total[here] = cell[first] % shape[1], times, np.add.reduceat(above, first) + low * times
        of_row[row[0] : row[-1] + 1] += np.bincount(row - row[0])
        at += len(first)
    return Cells(offsets_of(of_row), word, count, total)


def _parts(keys: Int, span: int) -> Iterator[Int]:
    """The numbers part by part, those of a cell together."""
    start = 0
    while start < len(keys):
        last = keys[min(len(keys), start + BLOCK) - 1] // span
        end = start + int(np.searchsorted(keys[start:], (last + 1) * span))
        yield keys[start:end]
        start = end
