"""Mentions of reviews as other programs get them: with names, part by part, so that they need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..data.said import SaidInReviews, names_of
from ..data.spill import as_texts
from ..data.views import blocks
from ..readers.base import MentionParts, MentionTable

PART = 2**15  # reviews
NAMES = ("feature", "opinion", "sentiment", "sentence")


@dataclass(frozen=True, eq=False)
class Extracted:
    """interactions: user and item by category, rating, time, part; rows [n] of those that are told, ascending; said: what their
    reviews mention, in the order of the rows."""

    interactions: pd.DataFrame
    rows: npt.NDArray[np.int64]
    said: SaidInReviews

    def parts(self) -> MentionParts:
        """For a writer."""
        time = self.interactions["time"].to_numpy()
        timed = any((time[self.rows[part]] >= 0).any() for part in blocks(len(self.rows)))
        return MentionParts(timed, self._tables)

    def _tables(self) -> Iterator[MentionTable]:
        found = self._mentions()
        held = next(found, None)
        for part in blocks(len(self.rows), PART):
            rows, own = self.rows[part], list[pa.Table]()
            while held is not None and (count := int(np.searchsorted(held["row"].to_numpy(), rows[-1], side="right"))):
                own.append(held.slice(0, count))
                held = held.slice(count) if count < len(held) else next(found, None)
            yield self._table(rows, own)

    def _mentions(self) -> Iterator[pa.Table]:
        features, opinions = self.said.features, self.said.opinions
        for block in self.said.blocks():
            names = names_of(features, pa.array(block.feature)), names_of(opinions, pa.array(block.opinion))
            yield pa.table([pa.array(block.row), *names, pa.array(block.sentiment), block.sentence], ["row", *NAMES])

    def _table(self, rows: npt.NDArray[np.int64], mentions: list[pa.Table]) -> MentionTable:
        """The pairs of these rows, and their mentions."""
        pairs = self.interactions.iloc[rows]
        part = pairs["part"].astype("str")
        pairs = pairs[["user", "item", "rating", "time"]].assign(split=part).astype({"user": "str", "item": "str"})
        said = pa.concat_tables(mentions) if mentions else pa.table([[]] * 5, _EMPTY)
        at = np.searchsorted(rows, said["row"].to_numpy())
        names = {name: pairs[name].iloc[at].reset_index(drop=True) for name in ("user", "item")}
        texts = {name: as_texts(said[name]) for name in ("feature", "opinion", "sentence")}
        frame = pd.DataFrame({**names, "feature": texts["feature"], "opinion": texts["opinion"]})
        frame = frame.assign(sentiment=said["sentiment"].to_numpy(), sentence=texts["sentence"])
        return MentionTable(pairs.reset_index(drop=True), frame)


_TEXT = pa.large_string()
_EMPTY = pa.schema({"row": pa.int32(), "feature": _TEXT, "opinion": _TEXT, "sentiment": pa.float64(), "sentence": _TEXT})
