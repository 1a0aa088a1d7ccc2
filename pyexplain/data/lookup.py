"""Numbers of texts in a column: one by halving, many by Arrow's hash table, and no table of all that stays in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .strings import TEXT, Int, Strings

STEP = 64
HASHED = 50  # texts of a column that are put into a hash table in the time in which one is looked for by halving


class Lookup:
    """Where texts stand in a column. Where it is in the order of their characters, as names of users and items are, nothing is kept
    beside it but a text in STEP; else their order, too, 4 bytes a text."""

    def __init__(self, texts: Strings) -> None:
        self.texts = texts

    @cached_property
    def ascending(self) -> bool:
        """Whether each is behind the one before it, and so none comes twice."""
        column = self.texts.column
        return len(column) < 2 or bool(pc.all(pc.less(column[:-1], column[1:])).as_py())

    @cached_property
    def order(self) -> npt.NDArray[np.unsignedinteger]:
        """Numbers [n] of the texts in the order of their characters, of equals the first first; empty where that is their own."""
        small = np.uint32 if len(self.texts) < 2**32 else np.uint64
        return np.zeros(0, small) if self.ascending else self.texts.in_order().astype(small)

    def with_last(self, texts: Strings) -> Lookup:
        """Of the same texts and one more behind them: no need to sort all of them again."""
        made, count = Lookup(texts), len(self.texts)
        place = self._place(texts[count])
        made.ascending = self.ascending and place == count
        if not made.ascending:
            own = np.arange(count, dtype=self.order.dtype) if self.ascending else self.order
            made.order = np.insert(own, place, count)
        return made

    def twice(self) -> int:
        """How many texts would have to go for each to be there once."""
        if self.ascending:
            return 0
        ordered = self.texts.take(self.order.astype(np.int64)).column
        return int(pc.sum(pc.equal(ordered[:-1], ordered[1:])).as_py())

    def all_of(self, text: str) -> list[int]:
        """The numbers that a text has, ascending."""
        place, found = self._place(text), list[int]()
        while place < len(self.texts) and self.texts[self._number(place)] == text:
            found.append(self._number(place))
            place += 1
        return found

    def each(self, texts: Sequence[str]) -> Int:
        """The first number [n] of each text, -1 for one that is not there, or is none."""
        if len(texts) * HASHED < len(self.texts):
            return self._one_by_one(texts)
        try:
            wanted = texts.column if isinstance(texts, Strings) else pa.array(texts, TEXT)
        except (pa.ArrowException, UnicodeEncodeError):
            return self._one_by_one(texts)
        found = pc.index_in(wanted, self.texts.column, skip_nulls=True)
        numbers: Int = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        return numbers

    def _place(self, text: str) -> int:
        """The first place in the order of a text that is not before this one."""
        block = bisect_left(
            self._signposts, text
        )  # which is before all that stands behind it, and not before what the last one says
        near = range(max(0, block - 1) * STEP, min(block * STEP, len(self.texts)))
        return near.start + bisect_left(near, text, key=lambda place: self.texts[self._number(place)])

    @cached_property
    def _signposts(self) -> list[str]:
        """Every STEP-th text in the order: strings at hand, of few."""
        return list(self.texts.take(np.array([self._number(place) for place in range(0, len(self.texts), STEP)], np.int64)))

    def _number(self, place: int) -> int:
        return place if self.ascending else int(self.order[place])

    def _one_by_one(self, texts: Sequence[str]) -> Int:
        found = (self.all_of(text)[:1] if isinstance(text, str) else [] for text in texts)
        return np.fromiter((numbers[0] if numbers else -1 for numbers in found), np.int64, len(texts))
