"""The margin R(u, i) - R(u, j) when only some of a user's own features are kept: the question that perturbation explainers ask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..data.views import offsets_of
from ..recommenders.base import Recommender
from .margin import Margin

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


class Coalitions:
    """Questions about pairs (u, i) [n, 2] against the items j [n]; needs scores alone.

    columns [n, S]: the features of each f_u, filled up with zeros to the widest row; real [n, S]: where they are. max_memory:
    bytes that dense features may take at a time. user_features [n, P]: instead of the data's.
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
        self._begin(Margin.of(recommender, data, pairs, against, features=user_features, max_memory=max_memory))

    @classmethod
    def of(cls, margin: Margin) -> Coalitions:
        """Of a margin on the user's side, at its features."""
        found = cls.__new__(cls)
        found._begin(margin)
        return found

    def _begin(self, margin: Margin) -> None:
        self.margin, self.pairs, self.against, rows = margin, margin.pairs, margin.against, margin.features
        counts = np.diff(rows.offsets)
        shape = len(margin), max(1, int(counts.max(initial=0)))
        place = np.arange(len(rows.indices)) - np.repeat(rows.offsets[:-1], counts)
        self.columns, self.values, self.real = np.zeros(shape, np.int64), np.zeros(shape, np.float32), np.zeros(shape, bool)
        for table, entries in ((self.columns, rows.indices), (self.values, rows.values), (self.real, True)):
            table[rows.row_indices(), place] = entries

    @property
    def asked(self) -> int:
        """How many scores were asked for."""
        return 2 * int(self.margin.asked.sum())

    def margins(self, rows: Int, kept: Bool) -> npt.NDArray[np.float64]:
        """Margins [m] of the pairs numbered rows [m] with the features kept [m, S] and no others."""
        return self.margin.ask(rows, lambda part: self._features(rows[part], kept[part]), sparse=True)

    def _features(self, rows: Int, kept: Bool) -> SparseRows:
        """f_u [m, P] of the pairs numbered rows [m] with the features kept [m, S] alone."""
        kept = kept & self.real[rows]
        at, place = np.nonzero(kept)
        columns, values = self.columns[rows[at], place], self.values[rows[at], place]
        return SparseRows(offsets_of(kept.sum(axis=1)), columns, values, self.margin.features.n_columns)

    def generator(self, seed: int, row: int) -> np.random.Generator:
        """Draws for one pair: the same whatever else is asked."""
        return np.random.default_rng([seed, *self.pairs[row].tolist(), int(self.against[row])])

    def positive(self, weights: npt.NDArray[np.float64]) -> SparseRows:
        """The positive ones of weights [n, S] of the own features as sparse rows [n, P]."""
        return self.rows(weights, signed=False)

    def rows(self, weights: npt.NDArray[np.float64], signed: bool = True) -> SparseRows:
        """Weights [n, S] of the own features as sparse rows [n, P]: all that are not 0, or the positive ones alone."""
        kept = self.real & ((weights != 0) if signed else (weights > 0))
        at, place = np.nonzero(kept)
        values = weights[at, place].astype(np.float32)
        return SparseRows(offsets_of(kept.sum(axis=1)), self.columns[at, place], values, self.margin.features.n_columns)

    def dense(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """Weights [n, S] of the own features as [n, P]."""
        out = np.zeros(self.margin.features.shape, dtype=np.float32)
        at, place = np.nonzero(self.real)
        out[at, self.columns[at, place]] = weights[at, place]
        return out
