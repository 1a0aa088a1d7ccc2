"""Many texts at once, put together of pieces: each piece is known once, and a text is a row of their codes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from ..data.views import offsets_of

if TYPE_CHECKING:
    import pyarrow as pa

Int = npt.NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Pieces:
    """Pieces by their codes, 0 and up in the order in which they come."""

    def __init__(self) -> None:
        self._blocks: list[pa.Array] = []
        self._size = 0

    def add(self, texts: Sequence[str] | pa.Array) -> int:
        """The code of the first of some texts; the others follow."""
        import pyarrow as pa

        self._blocks.append(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string()))
        begin, self._size = self._size, self._size + len(texts)
        return begin

    def texts(self, codes: Int, begins: Int) -> pa.Array:
        """n texts: of the pieces codes[begins[i] : begins[i + 1]] each; begins [n + 1]."""
        import pyarrow as pa

        taken = pa.concat_arrays(self._blocks).take(pa.array(codes))
        _, offsets, letters = taken.buffers()  # one after the other in memory: a text is where its first piece begins
        ends = np.frombuffer(offsets, np.int64)[taken.offset :][begins]
        return pa.LargeStringArray.from_buffers(len(begins) - 1, pa.py_buffer(ends), letters)


class Layout:
    """Which pieces n texts consist of, said part by part in any order."""

    def __init__(self, n: int, places: int) -> None:
        self.n, self.places = n, places
        self._keys: list[Int] = []
        self._codes: list[Int] = []

    def add(self, rows: Int, place: Int | int, *codes: Int | int) -> None:
        """Pieces of texts rows [m]: codes, [m] each or one for all, at a place [m] less than `places` among what the text has."""
        if len(rows) == 0:
            return
        laid = np.empty((len(rows), len(codes)), np.int64)
        for column, part in enumerate(codes):
            laid[:, column] = part
        self._keys.append(rows * self.places + place)
        self._codes.append(laid)

    def of(self, pieces: Pieces) -> pa.Array:
        """The texts [n]."""
        keys = np.concatenate([*self._keys, np.zeros(0, np.int64)])
        widths = np.concatenate([*(np.full(len(part), part.shape[1]) for part in self._codes), np.zeros(0, np.int64)])
        order = np.argsort(keys, kind="stable")
        starts, ends = np.empty(len(keys), np.int64), offsets_of(widths[order])
        starts[order] = ends[:-1]
        codes, at = np.empty(int(ends[-1]), np.int64), 0
        for part in self._codes:
            codes[starts[at : at + len(part), None] + np.arange(part.shape[1])] = part
            at += len(part)
        of_texts = np.searchsorted(keys[order], np.arange(self.n + 1) * self.places)
        return pieces.texts(codes, ends[of_texts])


class Known(Generic[Key, Value]):
    """What `make` made of keys; when they are `most`, all is forgotten and begun anew."""

    def __init__(self, make: Callable[[Key], Value], most: int) -> None:
        self._make, self._most = make, most
        self._kept: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, keys: Iterable[Key]) -> list[Value]:
        """The value of each key."""
        kept, missing = self._kept, object()
        found = []
        for key in keys:
            value = kept.get(key, missing)
            if value is missing:
                value = self._new(key)
            found.append(value)
        return found  # type: ignore[return-value]

    def _new(self, key: Key) -> Value:
        if len(self._kept) >= self._most:
            self._kept.clear()
        value = self._kept[key] = self._make(key)
        return value


def numbered(values: Int, size: int) -> tuple[Int, Int]:
    """The distinct values, ascending, and the place of each of values [n] among them; all are in 0..size - 1."""
    seen = np.zeros(size, dtype=bool)
    seen[values] = True
    distinct = np.flatnonzero(seen)
    place = np.empty(size, np.int64)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[values]
