"""Many texts in one column of Arrow's: in memory or in a file, and a Python string only of the one that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import index
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .room import IN_MEMORY, Room
from .spill import as_texts

Int = npt.NDArray[np.int64]
BLOCK = 2**14  # texts that are strings at a time while all are looked at
KEPT = 2**12  # strings that stay, the first that were asked for: names of features, which are few, are asked for all the time
TEXT = pa.large_string()


class Strings(Sequence[str]):
    """Texts [n] by number, from 0. It compares, adds and prints as the tuple of them, and a slice of it is one.

    Arrow's arrays in one piece stay where they lie; all others are gone through once, and lie where the room says. ValueError or
    TypeError for what is no text, as None, or half of a surrogate pair.
    """

    def __init__(self, texts: Iterable[str] | pa.Array | pa.ChunkedArray, room: Room = IN_MEMORY) -> None:
        self.column: pa.LargeStringArray = texts.column if isinstance(texts, Strings) else _in_one(_chunks(texts), room)
        if self.column.null_count:
            raise ValueError("None is no text")
        self._made: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[str, ...]: ...
    def __getitem__(self, number: int | slice) -> str | tuple[str, ...]:
        if isinstance(number, slice):
            return tuple(self.take(np.arange(len(self))[number]))
        text = self._made.get(number)
        if text is None:
            text = self.column[index(number)].as_py()
            if len(self._made) < KEPT:
                self._made[number] = text
        return text

    def __iter__(self) -> Iterator[str]:
        for block in self.blocks():
            yield from block.to_pylist()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Strings):
            return bool(self.column.equals(other.column))
        if isinstance(other, tuple):
            return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __add__(self, other: Iterable[str]) -> tuple[str, ...]:
        return (*self, *other)

    def __radd__(self, other: Iterable[str]) -> tuple[str, ...]:
        return (*other, *self)

    def __repr__(self) -> str:
        return repr(tuple(self))

    @staticmethod
    def of_frame(column: pd.Series | pd.Index, room: Room = IN_MEMORY) -> Strings:
        """A column of a data frame; errors as above."""
        if not isinstance(column.dtype, pd.StringDtype):
            if not all(isinstance(text, str) for text in column):
                raise TypeError(f"a column of {column.dtype} is no text")
            column = column.astype("str")
        return Strings(pa.array(column.array, TEXT), room)

    def column_of_frame(self) -> Any:
        """A column for a data frame, where it lies."""
        return as_texts(pa.chunked_array([self.column]))

    def blocks(self) -> Iterator[pa.LargeStringArray]:
        """All texts in their order, some at a time, where they lie."""
        return (self.column.slice(start, BLOCK) for start in range(0, len(self), BLOCK))

    def in_order(self) -> Int:
        """Numbers [n] of the texts in the order of their characters, of equals the first first."""
        found: Int = pc.sort_indices(self.column).to_numpy().astype(np.int64)
        return found

    def take(self, numbers: Int, room: Room = IN_MEMORY) -> Strings:
        """The texts of these numbers, in the order of the numbers; room: where they go that are too many for memory."""
        if room is IN_MEMORY:
            return Strings(self.column.take(pa.array(numbers, pa.int64())))
        parts = (self.column.take(pa.array(numbers[start : start + BLOCK])) for start in range(0, len(numbers), BLOCK))
        sizes = pc.binary_length(self.column).to_numpy(zero_copy_only=False)
        letters = sum(int(sizes[part].sum()) for part in np.split(numbers, range(BLOCK, len(numbers), BLOCK)))
        return Strings(_laid(parts, len(numbers), letters, room))


def joined(parts: Iterable[Iterable[str]]) -> Strings:
    """The texts of several, one after the other."""
    return Strings(pa.chunked_array([Strings(part).column for part in parts], TEXT))


def moved_to(room: Room, column: pa.LargeStringArray) -> pa.LargeStringArray:
    """A copy of a column, where the room says."""
    return _laid(iter([column]), len(column), pc.sum(pc.binary_length(column)).as_py() or 0, room)


def _chunks(texts: Iterable[str] | pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        found = pa.chunked_array([texts]) if isinstance(texts, pa.Array) else texts
        return found if found.type == TEXT else found.cast(TEXT)
    waiting = iter(texts)
    return pa.chunked_array([pa.array(part, TEXT) for part in iter(lambda: list(islice(waiting, BLOCK)), [])], TEXT)


def _in_one(column: pa.ChunkedArray, room: Room) -> pa.LargeStringArray:
    """One piece; a new one where there are several."""
    if column.num_chunks == 1 or column.null_count:
        return column.chunk(0)
    return _laid(column.iterchunks(), len(column), pc.sum(pc.binary_length(column)).as_py() or 0, room)


def _laid(chunks: Iterator[pa.LargeStringArray], count: int, size: int, room: Room) -> pa.LargeStringArray:
    """So many texts of so many bytes in one piece, where the room says."""
    ends, letters = room.array((count + 1,), np.int64), room.array((size,), np.uint8)
    ends[0] = row = 0
    for chunk in chunks:
        _, own, text = chunk.buffers()
        own = np.frombuffer(own, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        at = ends[row]
        letters[at : at + own[-1] - own[0]] = np.frombuffer(text or b"", np.uint8)[own[0] : own[-1]]
        ends[row + 1 : row + 1 + len(chunk)] = own[1:] + (at - own[0])
        row += len(chunk)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(letters))
