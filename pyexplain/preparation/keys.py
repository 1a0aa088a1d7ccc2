"""Who reviewed what, gathered chunk by chunk: a name is kept once, however often it comes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from ..data.room import IN_MEMORY, Room
from ..data.spill import Spill, as_strings, as_texts
from ..data.strings import moved_to

NAMES = ("user", "item", "split")
NUMBERS = pa.schema({"rating": pa.float64(), "time": pa.int64()})
CODES = pa.schema({"code": pa.int32()})
LEAST = 2**18  # names of chunks that are worth putting together
MOST = 2**21  # rows of chunks that wait for it


class Keys:
    """Chunks of reviews without their texts: 28 bytes a review, and what names of so many letters take, each once; in memory or on
    disk as there is room."""

    def __init__(self, room: Room = IN_MEMORY) -> None:
        self.room = room
        self._names = {name: Names(room) for name in NAMES}
        self._numbers = Spill(NUMBERS, room.divided())

    def add(self, frame: pd.DataFrame) -> None:
        """Take a chunk; one without `split` says nothing of it."""
        for name, names in self._names.items():
            names.add(frame[name] if name in frame else pd.Series("", frame.index, dtype="str"))
        numbers = [pa.array(frame[field.name].to_numpy(field.type.to_pandas_dtype())) for field in NUMBERS]
        self._numbers.add(pa.record_batch(numbers, schema=NUMBERS))

    def frame(self) -> pd.DataFrame:
        """user, item and split as categories, rating, time, and `row`, the number of the review; what was gathered is let go of."""
        names = {name: self._names.pop(name).take() for name in NAMES}
        pa.default_memory_pool().release_unused()  # what names were put together in: it keeps that until it is asked
        numbers = self._numbers.frame()
        del self._numbers
        row = self.room.made(len(numbers), np.int64, lambda part: np.arange(part.start, part.stop))
        columns = names | {name: numbers[name].to_numpy() for name in NUMBERS.names}
        return pd.DataFrame({name: columns[name] for name in ("user", "item", *NUMBERS.names, "split")} | {"row": row}, copy=False)


class Names:
    """A column of names, in pieces: each has its own table of names, until there are as many of these as known ones."""

    def __init__(self, room: Room = IN_MEMORY) -> None:
        self.room = room
        self._known = pa.array([], pa.large_string())
        self._codes = Spill(CODES, room.divided())  # of the rows whose names are known
        self._waiting: list[pa.DictionaryArray] = []
        self._new = self._rows = 0

    def add(self, names: pd.Series) -> None:
        """Take a piece."""
        piece = as_strings(names).dictionary_encode()
        self._waiting.append(piece)
        self._new, self._rows = self._new + len(piece.dictionary), self._rows + len(piece)
        if self._new > max(LEAST, len(self._known)) or self._rows > MOST:
            self._together()

    def _together(self) -> None:
        """Number the names of what waits; the numbers of those that were known stay as they are, for they come first."""
        kind = pa.dictionary(pa.int32(), pa.large_string())
        known = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), self._known)
        for piece in pa.chunked_array([known, *self._waiting], kind).unify_dictionaries().iterchunks():
            self._known = piece.dictionary
            self._codes.add(pa.record_batch([piece.indices], schema=CODES))
        self._waiting, self._new, self._rows = [], 0, 0

    def take(self) -> pd.Categorical:
        """All of it; nothing is left."""
        self._together()
        known = moved_to(self.room, self._known)
        self._known = known.slice(0, 0)
        codes = self._codes.frame()["code"].to_numpy()
        return pd.Categorical.from_codes(codes, dtype=_unchecked(pd.Index(as_texts(pa.chunked_array([known])))), validate=False)


def _unchecked(categories: pd.Index) -> pd.CategoricalDtype:
    """Of names that Arrow has made different: pandas would see to it with a Python string of each in a table, 75 bytes a name, and
    keep both. Where it has no such way, in that."""
    made: pd.CategoricalDtype = getattr(pd.CategoricalDtype, "_from_fastpath", pd.CategoricalDtype)(categories)
    return made
