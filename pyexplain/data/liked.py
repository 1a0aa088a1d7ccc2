"""Which items each user liked in training, as rows: made once for a data set, asked by whoever leaves them out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LikedItems:
    """Items by user: those of user u are items[offsets[u]:offsets[u + 1]], ascending, each once; offsets [U + 1]."""

    offsets: Int
    items: Int

    def cells(self, users: Int) -> tuple[Int, Int]:
        """All liked items of users [n]: the place in `users` and the item, [m] each."""
        counts = self.offsets[users + 1] - self.offsets[users]
        ends = np.cumsum(counts)
        row = np.repeat(np.arange(len(users), dtype=np.int64), counts)
        shift = np.repeat(self.offsets[users] - (ends - counts), counts)
        return row, self.items[np.arange(len(row)) + shift]

    def holds(self, users: Int, items: Int) -> npt.NDArray[np.bool_]:
        """Which items [n, m] each of users [n] liked."""
        owner = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        width = int(max(self.items.max(initial=0), items.max(initial=0))) + 1
        found: npt.NDArray[np.bool_] = np.isin(users[:, None] * width + items, owner * width + self.items)
        return found

    @staticmethod
    def of(pairs: Int, n_users: int, n_items: int) -> LikedItems:
        """From pairs [n, 2] of (user, item) in any order, repeats allowed."""
        users, items = np.divmod(np.unique(pairs[:, 0] * n_items + pairs[:, 1]), max(1, n_items))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(users, minlength=n_users))]).astype(np.int64)
        return LikedItems(offsets, items)
