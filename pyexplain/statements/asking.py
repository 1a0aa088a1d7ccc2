"""Asking a recommender for scores of pairs: numpy in, numpy out, block by block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..recommenders.base import LINEAR_USER_SIDE, Recommender

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
COPIES = 6  # dense rows [P] that a pair with features of its own may take at a time
MOST_ROWS = 8192
# Scores are float32 sums, and come out a little different in another batch: nearer than this, relative to their size, is a tie.
ROUNDING = 1e-5


class Asker:
    """Scores and margins of a recommender; max_memory: bytes that a block may take."""

    def __init__(self, recommender: Recommender, n_features: int, max_memory: int = 256 * 2**20) -> None:
        self.recommender = recommender
        self.dense_rows = max(1, min(MOST_ROWS, max_memory // (4 * COPIES * max(1, n_features))))

    def scores(
        self, users: Int, items: Int, user_features: SparseRows | None = None, item_features: SparseRows | None = None
    ) -> Float:
        """Scores [n]; f_u, f_i [n, P] where given stand in for the data's."""
        out = np.empty(len(users))
        as_it_is = item_features is None and (user_features is None or self._takes_sparse_rows())
        size = MOST_ROWS if as_it_is else self.dense_rows
        for start in range(0, len(users), size):
            at = np.arange(start, min(start + size, len(users)))
            f_u, f_i = (None if rows is None else rows.select(at) for rows in (user_features, item_features))
            out[at] = self._block(users[at], items[at], f_u, f_i)
        return out

    def both(self, users: Int, items: Int, others: Int, user_features: SparseRows | None = None) -> tuple[Float, Float]:
        """Scores [n] of the items and of the others, asked for in one go."""
        n = len(users)
        if user_features is not None and self._takes_sparse_rows():
            return self._of_rows(users, items, others, user_features)
        twice = np.concatenate([users, users])
        rows = None if user_features is None else user_features.select(np.tile(np.arange(n), 2))
        found = self.scores(twice, np.concatenate([items, others]), rows)
        return found[:n], found[n:]

    def _of_rows(self, users: Int, items: Int, others: Int, rows: SparseRows) -> tuple[Float, Float]:
        """both() of rows of features: what is made of a row is made once for the two."""
        found, swapped = np.empty((len(users), 2)), items > others
        cells = np.where(swapped[:, None], np.stack([others, items], axis=1), np.stack([items, others], axis=1))
        for start in range(0, len(users), MOST_ROWS):
            at = np.arange(start, min(start + MOST_ROWS, len(users)))
            found[at] = self._in_cells(users[at], cells[at], rows.select(at))
        return np.where(swapped, found[:, 1], found[:, 0]), np.where(swapped, found[:, 0], found[:, 1])

    def _in_cells(self, users: Int, items: Int, rows: SparseRows) -> Float:
        """Scores [n, 2] of items [n, 2], ascending."""
        device, n = self.recommender.device, len(users)
        flat = torch.from_numpy(np.ascontiguousarray(items).ravel()).to(device)
        cells = SparseRows(2 * torch.arange(n + 1, device=device), flat, torch.empty(2 * n, device=device))
        with torch.no_grad():
            found = self.recommender.scores_in(cells, torch.tensor(users, device=device), rows.tensors(device))
        return found.float().cpu().numpy().astype(np.float64).reshape(n, 2)

    def _block(self, users: Int, items: Int, f_u: SparseRows | None, f_i: SparseRows | None) -> npt.NDArray[np.float32]:
        device = self.recommender.device
        who, what = (torch.tensor(a, device=device) for a in (users, items))
        with torch.no_grad():
            found = self.recommender.scores(who, what, self._user_rows(f_u), self._dense(f_i))
        scores: npt.NDArray[np.float32] = found.float().cpu().numpy()
        return scores

    def _user_rows(self, rows: SparseRows | None) -> Tensor | None:
        if rows is not None and self._takes_sparse_rows():
            return rows.tensors(self.recommender.device)  # type: ignore[return-value]  # see Recommender.scores
        return self._dense(rows)

    def _takes_sparse_rows(self) -> bool:
        return LINEAR_USER_SIDE in self.recommender.offers

    def _dense(self, rows: SparseRows | None) -> Tensor | None:
        return None if rows is None else torch.from_numpy(rows.dense()).to(self.recommender.device)


def is_above(higher: Float, lower: Float) -> Bool:
    """Whether scores [n] are above others [n] by more than rounding."""
    size = np.maximum(1.0, np.maximum(np.abs(higher), np.abs(lower)))
    found: Bool = higher - lower > ROUNDING * size
    return found
