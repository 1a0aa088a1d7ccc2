"""What is asked of a counterfactual: what a change costs and by how much the other item has to win (the settings), and how far
features may move, in which units, and which go whole or not at all (the box), which follows from their kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.settings import item_quality, user_strength
from ...data.sparse import SparseRows
from ...data.types import Dataset
from ...errors import UsageError

Bool = npt.NDArray[np.bool_]
SOLVERS = ("linearized", "adam")
OWN = ("first", "only", "any")


@dataclass(frozen=True)
class SolverSettings:
    """l1, l2: weights of ||delta||_1 and ||delta||_2^2. margin: gamma, by how much the other item has to win. own: whether only
    features that the user writes about may change ("only"), are tried first ("first"), or are nothing special ("any"); what a
    user never wrote about cannot have been a reason. steps: of the linearised solver. adam_steps, adam_rate, xi: of the
    published one (paper, section 5.1.4)."""

    solver: str = "linearized"
    own: str = "first"
    l1: float = 1.0
    l2: float = 0.1
    margin: float = 0.05
    steps: int = 25
    adam_steps: int = 200
    adam_rate: float = 0.1
    xi: float = 0.001
    seed: int = 0

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise UsageError(f"unknown solver {self.solver!r}", where="solver", hint=f"Known: {', '.join(SOLVERS)}.")
        if self.own not in OWN:
            raise UsageError(f"unknown choice {self.own!r}", where="own", hint=f"Known: {', '.join(OWN)}.")
        if self.l2 <= 0 or self.l1 < 0 or self.margin < 0:
            raise UsageError(f"wanted l1 >= 0, l2 > 0, margin >= 0; got {self.l1}, {self.l2}, {self.margin}", where="solver")

    def cost(self, delta: Tensor) -> Tensor:
        """l1 ||delta||_1 + l2 ||delta||_2^2, [n]."""
        return self.l1 * delta.abs().sum(dim=1) + self.l2 * delta.square().sum(dim=1)


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
        return Box(most, one_mention(data), data.history_columns, allowed)

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
