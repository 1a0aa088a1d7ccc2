"""Precision, recall, F1, hit rate, NDCG and MRR at k: the same arithmetic for items in a ranking and features in an explanation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .types import Float

Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Hits:
    """Lists [n] that are judged: their users [n], hits [n, depth] (whether what stands at that place is relevant, best place
    first), and relevant [n], at least 1 (how many there are to be found). Each method gives a value a list, [n], in 0..1."""

    users: Int
    hits: Bool
    relevant: Int

    def precision(self, k: int) -> Float:
        """Hits among the first k, divided by k: a shorter list is not rewarded."""
        found: Float = self.hits[:, :k].sum(axis=1) / k
        return found

    def recall(self, k: int) -> Float:
        """Hits among the first k, divided by the number of relevant ones."""
        found: Float = self.hits[:, :k].sum(axis=1) / self.relevant
        return found

    def f1(self, k: int) -> Float:
        """2 precision recall / (precision + recall), which is 2 hits / (k + relevant)."""
        found: Float = 2 * self.hits[:, :k].sum(axis=1) / (k + self.relevant)
        return found

    def hit(self, k: int) -> Float:
        """1 where there is a hit among the first k."""
        found: Float = (self.hits[:, :k].sum(axis=1) > 0).astype(np.float64)
        return found

    def ndcg(self, k: int) -> Float:
        """sum over places p <= k of hit_p / log2(p + 1), divided by the same for an ideal order."""
        discounts = 1 / np.log2(np.arange(2, k + 2))
        ideal = np.cumsum(discounts)[np.minimum(self.relevant, k) - 1]
        found: Float = self.hits[:, :k] @ discounts / ideal
        return found

    def mrr(self, k: int) -> Float:
        """1 / place of the first hit, 0 where none is among the first k."""
        first = self.hits[:, :k].argmax(axis=1)
        found: Float = np.where(self.hits[:, :k].any(axis=1), 1 / (first + 1), 0.0)
        return found
