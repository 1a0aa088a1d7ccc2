"""From mentions of reviews to those that a data set keeps: with numbers of users, items and features, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from .room import Room
from .said import Block, SaidInReviews, names_of
from .spill import Spill
from .vocabulary import Vocabulary

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
SCHEMA = pa.schema(
    {
        "user": pa.int64(),
        "item": pa.int64(),
        "feature": pa.int64(),
        "opinion": pa.large_string(),
        "sentiment": pa.float64(),
        "sentence": pa.large_string(),
    }
)


@dataclass(frozen=True, eq=False)
class Reviewed:
    """The interactions that mentions are of: user and item [n], -1 where it is in no part, and marks [n] of those that features are
    made of (seen) and of the test part (tested)."""

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    seen: Bool
    tested: Bool


def seen_features(said: SaidInReviews, of: Reviewed) -> Vocabulary:
    """Features of the mentions that are seen, the most mentioned first; of equals in the order of their names."""
    names = said.features
    counts = np.zeros(len(names), np.int64)
    for block in said.blocks():
        counts += np.bincount(block.feature[of.seen[block.row] & (block.feature >= 0)], minlength=len(names))
    there = [(name, count) for name, count in zip(names, counts.tolist(), strict=True) if count]
    return Vocabulary((name for name, _ in sorted(there, key=lambda found: (-found[1], found[0]))), "feature")


def quoted(said: SaidInReviews, of: Reviewed, marked: Bool, features: Vocabulary, room: Room) -> pd.DataFrame:
    """Numbers of user, item and feature, opinion, sentiment, sentence of the mentions of marked interactions, of known features."""
    indices, opinions = features.indices(said.features), said.opinions
    kept = Spill(SCHEMA, room)
    for batch in _quoted(said.blocks(), of, marked, indices, opinions):
        kept.add(batch)
    return kept.frame()


def _quoted(blocks: Iterator[Block], of: Reviewed, marked: Bool, indices: Int, opinions: list[str]) -> Iterator[pa.RecordBatch]:
    for block in blocks:
        feature = np.append(indices, -1)[block.feature]
        rows = np.flatnonzero(marked[block.row] & (feature >= 0))
        row, at = block.row[rows], pa.array(rows)
        yield pa.record_batch(
            [
                pa.array(of.user[row], pa.int64()),
                pa.array(of.item[row], pa.int64()),
                pa.array(feature[rows]),
                names_of(opinions, pa.array(block.opinion[rows])),
                pa.array(block.sentiment[rows]),
                block.sentence.take(at),
            ],
            schema=SCHEMA,
        )
