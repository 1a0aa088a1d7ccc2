"""What evaluation takes in and gives out: ranked lists, and values that never travel without their protocol."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.settings import Protocol
from ..data.types import Dataset
from ..errors import DataError

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Direction = Literal["higher", "lower"]
SampleName = Literal["heldout", "top"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scored items of n users: users [n], items [n, c] (-1 fills short lists), scores [n, c] float32, finite where an item is.

    The order within a row does not matter: metrics order by score, and put a positive after the negatives of equal score.
    """

    users: Int
    items: Int
    scores: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.items.ndim != 2 or self.items.shape != self.scores.shape or len(self.users) != len(self.items):
            raise DataError(
                f"a ranking has {len(self.users)} users, items of shape {self.items.shape} and scores of shape {self.scores.shape}",
                hint="Expected: users [n], items [n, c], scores [n, c].",
            )
        if self.scores.dtype != np.float32:
            raise DataError(f"scores of a ranking must be float32, got {self.scores.dtype}")
        if not np.isfinite(self.scores[self.items >= 0]).all():
            raise DataError("a ranking holds scores that are not finite", hint="The recommender gave NaN or infinity.")
        if len(np.unique(self.users)) != len(self.users):
            raise DataError("a ranking lists a user twice")

    def __len__(self) -> int:
        return len(self.users)

    def to_frame(self, data: Dataset) -> pd.DataFrame:
        """Columns user, item (names) and score, one line an item, best first within a user."""
        rows, columns = np.nonzero(self.items >= 0)
        order = np.lexsort((-self.scores[rows, columns], rows))
        rows, columns = rows[order], columns[order]
        users, items = data.users.names.take(self.users[rows]), data.items.names.take(self.items[rows, columns])
        return pd.DataFrame({"user": users.column_of_frame(), "item": items.column_of_frame(), "score": self.scores[rows, columns]})


@dataclass(frozen=True, eq=False)
class Turned:
    """Of users [n]: L2 and L1 lengths [n] of the smallest changes found of their own features, in units of f_u, that turn the order
    of their first item and the next; the longest possible where nothing turns it."""

    users: Int
    l2: Float
    l1: Float


@dataclass(frozen=True, eq=False)
class Values:
    """What a metric measured: users [n] and values [n], one for each user, or for each (user, item) pair of the users.

    parts [n, c] or None: what the summary is computed from where that is not the values themselves.
    """

    users: Int
    values: Float
    parts: Float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, np.ndarray) or self.values.dtype.kind not in "fiub":
            raise DataError(f"a metric gave values that are no array of numbers ({type(self.values).__name__})")
        if self.values.ndim != 1 or len(self.users) != len(self.values):
            raise DataError(f"a metric gave {len(self.users)} users and values of shape {self.values.shape}")
        if not np.isfinite(self.values).all():
            raise DataError("a metric gave values that are not finite")

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One figure: of which method, by which metric, under which protocol. It cannot be made or printed without the protocol.

    group and metric: where it stands, e.g. "agreement" and "f1@10". value: NaN where there was nothing to measure.
    users, values [n]: what it was computed from. averaged: value is the mean of values (so an interval can be given). sample: of
    which pairs, "" where it is of no sample of pairs.
    """

    method: str
    group: str
    metric: str
    value: float
    users: Int
    values: Float
    protocol: Protocol
    direction: Direction
    averaged: bool = True
    sample: str = ""

    def __post_init__(self) -> None:
        if self.protocol not in get_args(Protocol):
            raise DataError(f"an evaluation needs its protocol, got {self.protocol!r}", hint="Known: heldout, paper.")
        if len(self.users) != len(self.values):
            raise DataError(f"an evaluation has {len(self.users)} users and {len(self.values)} values", where=self.metric)

    @property
    def number(self) -> float | None:
        """The value for JSON: None where there was nothing to measure."""
        return None if math.isnan(self.value) else self.value

    def __str__(self) -> str:
        shown = "-" if math.isnan(self.value) else f"{self.value:.4f}"
        return f"{self.method}: {self.group} {self.metric} = {shown} (protocol {self.protocol}, n = {len(self.values)})"
