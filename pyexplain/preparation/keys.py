"""Who reviewed what, gathered chunk by chunk: a name is kept once, however often it comes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from ..data.room import IN_MEMORY, Room, give_back
from ..data.spill import as_strings, as_texts
from ..data.views import blocks

NAMES = ("user", "item", "split")
NUMBERS = {"rating": np.float64, "time": np.int64}
LEAST = 2**18  # names of chunks that are worth putting together


class Keys:
    """Chunks of reviews without their texts. Memory: some 28 bytes a review, and 8 a name beyond its letters."""

    def __init__(self) -> None:
        self._names = {name: Names() for name in NAMES}
        self._numbers: dict[str, list[np.ndarray]] = {name: [] for name in NUMBERS}

    def add(self, frame: pd.DataFrame) -> None:
        """Take a chunk; one without `split` says nothing of it."""
        for name, names in self._names.items():
            names.add(frame[name] if name in frame else pd.Series("", frame.index, dtype="str"))
        for name, parts in self._numbers.items():
            parts.append(frame[name].to_numpy(NUMBERS[name]))

    def frame(self, room: Room = IN_MEMORY) -> pd.DataFrame:
        """user, item and split as categories, rating, time, and `row`, the number of the review; what was gathered is let go of.
        room: where numbers go that are too many for memory."""
        columns: dict[str, pd.Categorical | np.ndarray] = {name: names.take() for name, names in self._names.items()}
        pa.default_memory_pool().release_unused()  # what names were put together in: it keeps that until it is asked
        for name, kind in NUMBERS.items():
            columns[name] = _joined(self._numbers.pop(name), kind, room)
        order = ["user", "item", "rating", "time", "split"]
        rows = room.array((len(columns["rating"]),), np.int64)
        for part in blocks(len(rows)):
            rows[part] = np.arange(part.start, part.stop)
        return pd.DataFrame({name: columns[name] for name in order} | {"row": rows}, copy=False)


def _joined(parts: list[np.ndarray], kind: type, room: Room) -> np.ndarray:
    """One array of all, each of which is let go of on the way."""
    whole, at = room.array((sum(map(len, parts)),), kind), 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[at : at + len(part)] = part
        at += len(part)
    give_back(whole)
    return whole


class Names:
    """A column of names, in pieces: each has its own table of names, until there are as many of these as known ones."""

    def __init__(self) -> None:
        self._pieces: list[pa.DictionaryArray] = []
        self._known = self._new = 0

    def add(self, names: pd.Series) -> None:
        """Take a piece."""
        piece = as_strings(names).dictionary_encode()
        self._pieces.append(piece)
        self._new += len(piece.dictionary)
        if self._new > max(LEAST, self._known):
            self._together()

    def _together(self) -> None:
        kind = pa.dictionary(pa.int32(), pa.large_string())
        whole = pa.chunked_array(self._pieces, kind).unify_dictionaries().combine_chunks()
        self._pieces = [whole] if isinstance(whole, pa.Array) else whole.chunks
        self._known, self._new = sum(len(piece.dictionary) for piece in self._pieces), 0

    def take(self) -> pd.Categorical:
        """All of it; nothing is left."""
        self._together()
        if not self._pieces:
            return pd.Categorical([])
        piece = self._pieces.pop()
        kind = _unchecked(pd.Index(as_texts(pa.chunked_array([piece.dictionary]))))
        return pd.Categorical.from_codes(piece.indices.to_numpy(), dtype=kind, validate=False)


def _unchecked(categories: pd.Index) -> pd.CategoricalDtype:
    """Of names that Arrow has made different: pandas would see to it with a Python string of each in a table, 75 bytes a name, and
    keep both. Where it has no such way, in that."""
    made: pd.CategoricalDtype = getattr(pd.CategoricalDtype, "_from_fastpath", pd.CategoricalDtype)(categories)
    return made
