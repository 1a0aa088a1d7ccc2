"""Scores of many pairs in batches that fit the cache and a memory limit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.views import shared
from ..errors import RunError
from ..recommenders.base import Recommender

Int = npt.NDArray[np.int64]
ROWS_AT_ONCE = 16384  # pairs of numbers alone: the recommender itself works in blocks that fit its cache
DENSE_ROWS_AT_ONCE = 2048
# a row given as features exists as the dense row, its gradient-free copies and the latent rows made of it
DENSE_COPIES = 4


class BatchScorer:
    """Asks a recommender for scores: numpy in, numpy out, any number of pairs.

    max_memory: bytes that changed feature rows may take at a time.
    """

    def __init__(self, recommender: Recommender, n_features: int, max_memory: int = 256 * 2**20) -> None:
        self.recommender = recommender
        self.dense_rows = max(1, min(DENSE_ROWS_AT_ONCE, max_memory // (4 * DENSE_COPIES * max(1, n_features))))

    def __call__(
        self, users: Int, items: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
    ) -> npt.NDArray[np.float32]:
        """Scores [n]; RunError where the recommender gives NaN, infinity or another number of scores."""
        size = ROWS_AT_ONCE if user_features is None and item_features is None else self.dense_rows
        out = np.empty(len(users), dtype=np.float32)
        for start in range(0, len(users), size):
            rows = np.arange(start, min(start + size, len(users)))
            found = self._batch(users[rows], items[rows], *(_part(f, rows) for f in (user_features, item_features)))
            if found.shape != rows.shape or not np.isfinite(found).all():
                strange = int((~np.isfinite(found)).sum())
                raise RunError(
                    f"asked for {len(rows)} finite scores, got shape {found.shape} with {strange} not finite",
                    where=f"recommender {self.recommender.name}",
                )
            out[rows] = found
        return out

    def _batch(
        self, users: Int, items: Int, user_features: npt.NDArray[np.float32] | None, item_features: npt.NDArray[np.float32] | None
    ) -> npt.NDArray[np.float32]:
        device = self.recommender.device

        def there(array: npt.NDArray[np.generic] | None) -> Tensor | None:
            return None if array is None else shared(np.ascontiguousarray(array)).to(device)

        with torch.no_grad():
            scores = self.recommender.scores(
                torch.tensor(users, device=device), torch.tensor(items, device=device), there(user_features), there(item_features)
            )
        found: npt.NDArray[np.float32] = scores.float().cpu().numpy()
        return found


def _part(features: SparseRows | None, rows: Int) -> npt.NDArray[np.float32] | None:
    return None if features is None else features.select(rows).dense()
