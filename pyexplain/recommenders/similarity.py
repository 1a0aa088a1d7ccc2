"""Recommenders whose score is a sum over what the user liked: score(u, i) = sum over k in H_u, k != i, of B[k, i] + popularity."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..errors import DataError
from .base import Recommender
from .config import Config
from .options import RunOptions

BYTES = 4
COPIES = 3  # of the matrix, while it is made
USERS_AT_ONCE = 1024


class SimilarityConfig(Config):
    """What such recommenders share."""

    popularity: float = Field(0.0, ge=0, description="weight of log(1 + training pairs of the item), added to every score")


class ItemSimilarity(Recommender):
    """A plugin gives `similarity`, the matrix B; nothing else is learned, and a user without training pairs gets popularity.

    B is dense, [I, I] float32: DataError where it does not fit into RunOptions.max_memory times 16.
    """

    Config = SimilarityConfig
    config: SimilarityConfig

    @abstractmethod
    def similarity(self, together: Tensor) -> Tensor:
        """B [I, I] with a zero diagonal, from how many users liked both items [I, I] float32 (diagonal: how many liked each)."""

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """The history of each user, the popularity of each item, and an empty B."""
        room, needed = 16 * options.max_memory, COPIES * BYTES * data.n_items**2
        if needed > room:
            raise DataError(
                f"{data.n_items:,} items need a matrix of {needed / 2**30:.1f} GiB with what making it takes",
                where=f"recommender {self.name}",
                hint="Take a method that learns factors.",
            )
        self.history = _history(data)
        counts = np.bincount(self.history.indices, minlength=data.n_items)
        self.bonus = torch.from_numpy(np.log1p(counts)).float() * self.config.popularity
        self.matrix = torch.zeros(data.n_items, data.n_items)

    def with_users(self, data: Dataset) -> ItemSimilarity:
        """See Recommender.with_users: what users liked is read from the data."""
        other = type(self)(self.config)
        other.matrix, other.bonus, other.history = self.matrix, self.bonus, _history(data)
        return other

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Make B; there are no epochs."""
        self.prepare(data, options)
        together = torch.zeros(data.n_items, data.n_items)
        for start in range(0, data.n_users, USERS_AT_ONCE):
            liked = self._liked(np.arange(start, min(start + USERS_AT_ONCE, data.n_users)))
            together += liked.T @ liked
        self.matrix = self.similarity(together).contiguous()
        return []

    def _liked(self, users: npt.NDArray[np.int64]) -> Tensor:
        """0/1 rows [n, I]."""
        return torch.from_numpy(self.history.select(users).dense())

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """[n]; features are not looked at. The diagonal of B is zero, so an item does not speak for itself."""
        distinct, row = torch.unique(users, return_inverse=True)
        out = torch.empty(len(users))
        for start in range(0, len(distinct), USERS_AT_ONCE):
            part = (row >= start) & (row < start + USERS_AT_ONCE)
            liked = self._liked(distinct[start : start + USERS_AT_ONCE].numpy())
            out[part] = (liked @ self.matrix)[row[part] - start, items[part]]  # [m]
        return out + self.bonus[items]

    def state(self) -> dict[str, Tensor]:
        """B; history and popularity come from the data set."""
        return {"matrix": self.matrix}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.matrix = state["matrix"]


def _history(data: Dataset) -> SparseRows:
    """0/1 rows [U, I] of what was liked in training."""
    pairs = np.unique(data.train, axis=0) if len(data.train) else data.train.reshape(0, 2)
    return SparseRows.from_triples(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), (data.n_users, data.n_items))
