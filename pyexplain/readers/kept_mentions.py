"""Mentions as they are read, in columns: in memory or on disk as there is room, and read again in their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..data.room import Room
from ..data.spill import Spill

BATCH = 2**12  # mentions that are Python's at a time
TEXT = pa.large_string()
TAKEN = pa.schema(
    {
        "pair": pa.int64(),
        "feature": TEXT,
        "opinion": TEXT,
        "sentiment": pa.float64(),
        "sentence": TEXT,
        "line": pa.int64(),  # of a sentiment beyond -1..1, and how it is written; -1 and "" of the others
        "written": TEXT,
    }
)
GIVEN = pa.schema(
    {"user": TEXT, "item": TEXT, "feature": TEXT, "opinion": TEXT, "sentiment": pa.float64(), "sentence": TEXT},
)


class KeptMentions:
    """Mentions of pairs by number. beyond: how many sentiments lie beyond -1..1; least, most: of these."""

    def __init__(self, room: Room) -> None:
        self.room, self._rows = room, Spill(TAKEN, room)
        self._waiting: list[tuple[Any, ...]] = []
        self.beyond, self.least, self.most = 0, 0.0, 0.0

    def __len__(self) -> int:
        return len(self._rows) + len(self._waiting)

    def add(self, pair: int, feature: str, opinion: str, sentiment: float, sentence: str, line: int, written: str) -> None:
        """Take one; line, written: where its sentiment stands, and how."""
        beyond = abs(sentiment) > 1
        if beyond:
            self.beyond += 1
            self.least, self.most = min(self.least, sentiment), max(self.most, sentiment)
        self._waiting.append((pair, feature, opinion, sentiment, sentence, line if beyond else -1, written if beyond else ""))
        if len(self._waiting) == BATCH:
            self._put_away()

    def written_beyond(self) -> Iterator[tuple[int, str]]:
        """Line and text of each sentiment beyond -1..1, in order."""
        self._put_away()
        for batch in self._rows.batches():
            for line, written in zip(*(batch.column(name).to_pylist() for name in ("line", "written")), strict=True):
                if line >= 0:
                    yield line, written

    def frame(self, users: pa.Array, items: pa.Array, there: npt.NDArray[np.bool_], divisor: float) -> pd.DataFrame:
        """MENTION_COLUMNS, in order, of the pairs that are still there; users, items: of each pair. Sentiments are divided; those
        that lie beyond -1..1 even then are left out."""
        self._put_away()
        found = Spill(GIVEN, self.room)
        for batch in self._rows.batches():
            pair, side = batch.column("pair").to_numpy(), batch.column("sentiment").to_numpy() / divisor
            rows = np.flatnonzero(there[pair] & (np.abs(side) <= 1))
            names = (of.take(pa.array(pair[rows])) for of in (users, items))
            feature, opinion, sentence = (batch.column(name).take(pa.array(rows)) for name in ("feature", "opinion", "sentence"))
            found.add(pa.record_batch([*names, feature, opinion, pa.array(side[rows]), sentence], schema=GIVEN))
        self._rows = Spill(TAKEN, self.room)  # read: its room is the table's
        return found.frame()

    def _put_away(self) -> None:
        if self._waiting:
            columns = [pa.array(column, kind) for column, kind in zip(zip(*self._waiting, strict=True), TAKEN.types, strict=True)]
            self._rows.add(pa.record_batch(columns, schema=TAKEN))
            self._waiting.clear()
