"""What metrics of recommended lists share: their first items, and how popular items are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from .types import Ranking

Int = npt.NDArray[np.int64]


def first_items(ranking: Ranking, k: int) -> Int:
    """The k best items of each user [n, k], best first, -1 where a list is shorter. Of equal scores the first in the list."""
    scores = np.where(ranking.items >= 0, ranking.scores.astype(np.float64), -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    found = np.full((len(ranking), k), -1, dtype=np.int64)
    found[:, : order.shape[1]] = np.take_along_axis(ranking.items, order, axis=1)
    return found


def item_popularity(data: Dataset) -> npt.NDArray[np.float64]:
    """The share 0..1 of users who like each item in training, [I]."""
    liked = np.unique(data.train, axis=0)
    counts = np.bincount(liked[:, 1], minlength=data.n_items)
    share: npt.NDArray[np.float64] = counts / max(1, data.n_users)
    return share
