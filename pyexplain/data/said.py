"""Mentions of reviews in batches that need not be in memory: what extraction finds, and what a data set is built from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from .room import Room
from .spill import Spill, as_strings, even
from .views import blocks

Int = npt.NDArray[np.int64]
BLOCK = 2**16  # mentions that are looked at together
FOUND = pa.schema(
    {
        "row": pa.int32(),
        "feature": pa.dictionary(pa.int32(), pa.string()),
        "opinion": pa.dictionary(pa.int32(), pa.string()),
        "sentiment": pa.float64(),
        "sentence": pa.large_string(),
    }
)
_KEPT = pa.schema(
    {"row": pa.int32(), "feature": pa.int32(), "opinion": pa.int32(), "sentiment": pa.float64(), "sentence": pa.large_string()}
)


class Block(NamedTuple):
    """Some mentions: row, the interaction that each is of, feature and opinion by number (-1: none), all [n]; sentiment [n];
    sentence, Arrow's."""

    row: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    opinion: npt.NDArray[np.int32]
    sentiment: npt.NDArray[np.float64]
    sentence: pa.LargeStringArray


class SaidInReviews:
    """Mentions, each of a row of a table of interactions. features, opinions: names by number, in the order in which they came."""

    def __init__(self, room: Room | None = None) -> None:
        self.rows = Spill(_KEPT, room)
        self._features: dict[str, int] = {}
        self._opinions: dict[str, int] = {}

    @staticmethod
    def of(mentions: pd.DataFrame, rows: Int, room: Room | None = None) -> SaidInReviews:
        """From a table (feature, opinion, sentiment, sentence) and the rows of interactions that its rows are of."""
        said = SaidInReviews(room)
        for part in blocks(len(mentions), BLOCK):
            said.add_named(mentions.iloc[part], rows[part])
        return said

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def features(self) -> list[str]:
        """By number."""
        return list(self._features)

    @property
    def opinions(self) -> list[str]:
        """By number."""
        return list(self._opinions)

    def add_named(self, mentions: pd.DataFrame, rows: Int) -> None:
        """Append some of a table (feature, opinion, sentiment, sentence), and the rows of interactions that they are of."""
        names = [as_strings(mentions[name]).dictionary_encode() for name in ("feature", "opinion")]
        sentiment, sentence = mentions["sentiment"].to_numpy(np.float64), as_strings(mentions["sentence"])
        self.add(pa.record_batch([pa.array(rows, pa.int32()), *names, pa.array(sentiment), sentence], names=FOUND.names))

    def add(self, found: pa.RecordBatch) -> int:
        """Append a batch of FOUND; its number, from 0."""
        feature, opinion = (
            _numbered(found.column(name), known) for name, known in (("feature", self._features), ("opinion", self._opinions))
        )
        rest = [found.column(name) for name in ("sentiment", "sentence")]
        return self.rows.add(pa.record_batch([found.column("row"), feature, opinion, *rest], schema=_KEPT))

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """All mentions in order, `size` at a time; none is to be held for long."""
        for batch in even(self.rows.batches(), _KEPT, size):
            row, feature, opinion, sentiment = (batch.column(at).to_numpy() for at in range(4))
            yield Block(row, feature, opinion, sentiment, batch.column(4))


def names_of(names: list[str], indices: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The names of these numbers, none for -1."""
    table = pa.array([*names, None], pa.large_string())
    return table.take(pa.compute.if_else(pa.compute.less(indices, 0), len(names), indices))


def _numbered(column: pa.DictionaryArray, known: dict[str, int]) -> pa.Array:
    """The column's names as numbers; names that are not known yet get the next ones."""
    of = np.array([known.setdefault(name, len(known)) for name in column.dictionary.to_pylist()] + [-1], dtype=np.int32)
    return pa.array(of[column.indices.fill_null(len(of) - 1).to_numpy(zero_copy_only=False)])
