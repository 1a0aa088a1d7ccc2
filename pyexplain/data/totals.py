"""How often features were mentioned, and how well: what equation (1) is made of, kept beside its values.

Equation (1) loses both: a user's many mentions come near one bound, and an item's value does not say whether ten mentions made it
or one. Methods that weigh by counts, or use means drawn towards 0 (shrunken means), need the numbers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .cells import Cells
from .room import IN_MEMORY, Room
from .sparse import SparseRows
from .views import blocks


@dataclass(frozen=True, eq=False)
class MentionTotals:
    """Of users [U, P] or items [I, P], in the cells that somebody mentioned: counts, whole numbers from 1 on, and sums of the
    sentiments (-1..1 each). Columns of other kinds than words hold none. ValueError where the two do not store the same cells."""

    counts: SparseRows
    sums: SparseRows

    def __post_init__(self) -> None:
        if not same_cells(self.counts, self.sums):
            raise ValueError("counts of mentions and sums of sentiments are of different cells")
        counts, sums = self.counts.values, self.sums.values
        wrong = ((counts[at] < 1) | (np.abs(sums[at]) > counts[at] * (1 + 1e-6)) for at in blocks(len(counts)))
        if any(part.any() for part in wrong):
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
    def of(cells: Cells, n_columns: int, room: Room = IN_MEMORY) -> MentionTotals:
        """From the cells that were counted, whose places both share."""
        sums = room.array(cells.sum.shape, np.float32)
        sums[:] = cells.sum
        return MentionTotals(*(SparseRows(cells.offsets, cells.word, values, n_columns) for values in (cells.count, sums)))


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
