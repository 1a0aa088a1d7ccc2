"""The margin R(u, i) - R(u, j) when only some of a user's own features are kept: the question that perturbation explainers ask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..recommenders.base import Recommender

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
COPIES = 4  # dense rows [P] that a question needs at a time


class Coalitions:
    """Questions about pairs (u, i) [n, 2] against the items j [n]; needs scores alone.

    columns [n, S]: the features of each f_u, filled up with zeros to the widest row; real [n, S]: where they are. asked: how many
    scores were asked for. max_memory: bytes that dense features may take at a time. user_features [n, P]: instead of the data's.
    """

    def __init__(
        self,
        recommender: Recommender,
        data: Dataset,
        pairs: Int,
        against: Int,
        max_memory: int,
        user_features: SparseRows | None = None,
    ) -> None:
        self.recommender, self.n_features, self.pairs, self.against = recommender, data.n_features, pairs, against
        rows = data.user_features.select(pairs[:, 0]) if user_features is None else user_features
        counts = np.diff(rows.offsets)
        shape = len(pairs), max(1, int(counts.max(initial=0)))
        place = np.arange(len(rows.indices)) - np.repeat(rows.offsets[:-1], counts)
        self.columns, self.values, self.real = np.zeros(shape, np.int64), np.zeros(shape, np.float32), np.zeros(shape, bool)
        for table, entries in ((self.columns, rows.indices), (self.values, rows.values), (self.real, True)):
            table[rows.row_numbers(), place] = entries
        self.rows_at_once = max(1, max_memory // (4 * COPIES * max(1, data.n_features)))
        self.asked = 0

    def margins(self, rows: Int, kept: Bool) -> npt.NDArray[np.float64]:
        """Margins [m] of the pairs numbered rows [m] with the features kept [m, S] and no others."""
        out = np.empty(len(rows))
        for at in range(0, len(rows), self.rows_at_once):
            part = slice(at, at + self.rows_at_once)
            out[part] = self._batch(rows[part], kept[part])
        self.asked += 2 * len(rows)
        return out

    def _batch(self, rows: Int, kept: Bool) -> npt.NDArray[np.float64]:
        features = np.zeros((len(rows), self.n_features), dtype=np.float32)
        at, place = np.nonzero(kept & self.real[rows])
        features[at, self.columns[rows[at], place]] = self.values[rows[at], place]
        device = self.recommender.device
        f_u = torch.from_numpy(features).to(device)
        columns = self.pairs[rows, 0], self.pairs[rows, 1], self.against[rows]
        users, items, others = (torch.tensor(c, device=device) for c in columns)
        with torch.no_grad():
            margin = self.recommender.scores(users, items, f_u) - self.recommender.scores(users, others, f_u)
        found: npt.NDArray[np.float64] = margin.double().cpu().numpy()
        return found

    def generator(self, seed: int, row: int) -> np.random.Generator:
        """Draws for one pair: the same whatever else is asked."""
        return np.random.default_rng([seed, *self.pairs[row].tolist(), int(self.against[row])])

    def dense(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """Weights [n, S] of the own features as [n, P]."""
        out = np.zeros((len(self.pairs), self.n_features), dtype=np.float32)
        at, place = np.nonzero(self.real)
        out[at, self.columns[at, place]] = weights[at, place]
        return out
