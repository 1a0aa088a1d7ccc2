"""How often features were mentioned, and how well: what equation (1) is made of, kept beside its values.

Equation (1) loses both: a user's many mentions come near one bound, and an item's value does not say whether ten mentions made it
or one. Methods that weigh by counts, or use means drawn towards 0 (shrunken means), need the numbers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .sparse import SparseRows


@dataclass(frozen=True, eq=False)
class MentionTotals:
    """Of users [U, P] or items [I, P], in the cells that somebody mentioned: counts, whole numbers from 1 on, and sums of the
    sentiments (-1..1 each). Columns of other kinds than words hold none. ValueError where the two do not store the same cells."""

    counts: SparseRows
    sums: SparseRows

    def __post_init__(self) -> None:
        if not same_cells(self.counts, self.sums):
            raise ValueError("counts of mentions and sums of sentiments are of different cells")
        if (self.counts.values < 1).any() or (np.abs(self.sums.values) > self.counts.values * (1 + 1e-6)).any():
            raise ValueError("a count of mentions is below 1, or a sum of sentiments is beyond its count")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, P)."""
        return self.counts.shape

    def means(self, prior: float = 1.0) -> SparseRows:
        """Mean sentiments drawn towards 0, sum / (count + prior), in -1..1; prior >= 0: that many mentions of sentiment 0."""
        values = self.sums.values / (self.counts.values + np.float32(prior))
        return SparseRows(self.counts.offsets, self.counts.indices, values, self.counts.n_columns)

    @staticmethod
    def of(cells: pd.DataFrame, shape: tuple[int, int]) -> MentionTotals:
        """From rows of `cells_of`."""
        counts = SparseRows.from_triples(cells["row"], cells["feature"], cells["count"], shape)
        sums = SparseRows.from_triples(cells["row"], cells["feature"], cells["sum"], shape)
        return MentionTotals(counts, with_pattern(sums, counts))


def cells_of(mentions: pd.DataFrame, column: str, n_features: int) -> pd.DataFrame:
    """row, feature, count, sum (float64), one row a cell that was mentioned, in order; column: "user" or "item"."""
    cell = mentions[column].to_numpy(dtype=np.int64) * n_features + mentions["feature"].to_numpy(dtype=np.int64)
    sentiment = mentions["sentiment"].to_numpy(dtype=np.float64)
    if (sentiment == np.rint(sentiment)).all():  # then the order in which they are added up does not show
        order = np.argsort(cell, kind="stable")
        cell = cell[order]
        start = np.flatnonzero(np.diff(cell, prepend=-1))
        count, total = np.diff(start, append=len(cell)), np.add.reduceat(sentiment[order], start) if len(cell) else sentiment
        cell = cell[start]
    else:
        found = mentions["sentiment"].groupby(cell, sort=True).agg(["size", "sum"])
        cell, count, total = (found.index.to_numpy(dtype=np.int64), *(found[name].to_numpy() for name in ("size", "sum")))
    row, feature = np.divmod(cell, max(1, n_features))
    return pd.DataFrame({"row": row, "feature": feature, "count": count, "sum": total})


def same_cells(one: SparseRows, other: SparseRows) -> bool:
    """Whether both store values in the same cells."""
    if one.shape != other.shape:
        return False
    pairs: tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ...] = (
        (one.offsets, other.offsets),
        (one.indices, other.indices),
    )
    return all(a is b or np.array_equal(a, b) for a, b in pairs)


def with_pattern(rows: SparseRows, like: SparseRows) -> SparseRows:
    """The same rows, which hold the arrays of `like` instead of their own where these are equal: half the memory."""
    return SparseRows(like.offsets, like.indices, rows.values, rows.n_columns) if same_cells(rows, like) else rows
