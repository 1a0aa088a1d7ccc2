"""The box of a change: how far features may move, in which units, and which go whole or not at all. It follows from their kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.features import item_quality, user_strength
from ...data.kinds import HISTORY
from ...data.sparse import SparseRows
from ...data.types import Dataset

Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Box:
    """Words and attributes move within 0..most. History can only be taken away, whole (1 to 0): whole [P] says which columns are
    (None: none). allowed [P]: which may change (None: all).

    unit: what taking an entry of history away counts, in the units that the others move in: as much as one mention. So a change
    costs as much as it has mentions and entries of history, of whatever kinds it is.
    """

    most: float
    unit: float = 1.0
    whole: Bool | None = None
    allowed: Bool | None = None

    @staticmethod
    def of(data: Dataset, allowed: Bool | None = None) -> Box:
        """Of the features of a data set; what nobody is told of (data.unsaid) does not change."""
        if data.unsaid is not None:
            allowed = ~data.unsaid if allowed is None else allowed & ~data.unsaid
        settings = data.settings
        most = settings.max_rating if data.counted else settings.bounds("user")[1]
        return Box(most, one_mention(data), data.features.where_kind(HISTORY), allowed)

    def n_allowed(self, n_columns: int) -> int:
        """How many of so many columns may change."""
        return n_columns if self.allowed is None else int(self.allowed.sum())

    def may(self, columns: Tensor) -> Tensor | None:
        """Which of these columns may change; None: all."""
        return _at(self.allowed, columns)

    def goes_whole(self, columns: Tensor) -> Tensor | None:
        """Which of these columns go whole or not at all; None: none."""
        return _at(self.whole, columns)

    def high(self, has: Tensor, whole: Tensor | None) -> Tensor:
        """How far values `has` may rise: up to `most`; what goes whole, not at all."""
        room = (self.most - has).clamp_min_(0)
        return room if whole is None else room.masked_fill_(whole, 0)

    def falling(self, rows: SparseRows) -> Bool:
        """Which entries [nnz] of rows are of features that a row has and that may change: those that can fall."""
        kept = rows.values > 0
        return kept if self.allowed is None else kept & self.allowed[rows.indices]

    def own(self, rows: SparseRows) -> SparseRows:
        """Of each row the features that can fall; the rows themselves where all can."""
        kept = self.falling(rows)
        return rows if bool(kept.all()) else rows.where(kept)


def one_mention(data: Dataset, side: str = "user") -> float:
    """What one mention makes of "never mentioned", by eq. (1): 2.848 for a user where T = 5, and 1 where users hold counts; of an
    item, one that praises."""
    if data.counted and side == "user":
        return 1.0
    scale = user_strength if side == "user" else item_quality
    return float(scale(1, data.settings.max_rating)) - data.settings.unmentioned_value(side)


def _at(flags: Bool | None, columns: Tensor) -> Tensor | None:
    return None if flags is None else torch.from_numpy(flags[columns.cpu().numpy()]).to(columns.device)
