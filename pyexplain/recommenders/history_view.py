"""What users liked, as a recommender reads it: from the training pairs, or from features that are handed in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.kind_views import history_rows
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..ops import matrix_product
from .additive import Columns
from .networks import mapped


@dataclass(frozen=True, eq=False)
class HistoryView:
    """own [U, I]: 1 for what a user liked in training. columns: which of the features say what is in the history.

    Features that have no history (`--kinds word`) say nothing of it: then it is the user's own, whatever is handed in.
    """

    own: TensorRows
    columns: Columns

    @staticmethod
    def of(data: Dataset, device: torch.device | str) -> HistoryView:
        """Of the training part; DataError where the columns of the history are not the items."""
        return HistoryView(history_rows(data.liked, data.n_items)[0].tensors(device), Columns.of(data).to(device))

    @property
    def n_items(self) -> int:
        """I."""
        return self.own.n_columns

    @property
    def readable(self) -> bool:
        """Whether features say what is in the history."""
        return len(self.columns.history) > 0

    def rows(self, users: Tensor, features: TensorRows | None = None) -> TensorRows:
        """Histories [n, I] of users [n], by the features handed in [n, P] where there are any."""
        return self.own.select(users) if features is None or not self.readable else self.columns.parts(features)[1]

    def without(self, users: Tensor, items: Tensor) -> TensorRows:
        """Histories [n, I] of users without items [n]: in training a pair is not in the history that it is predicted from."""
        rows = self.own.select(users)
        return rows.where(rows.indices != items[rows.row_indices()])

    def through(self, features: Tensor, table: Tensor, own: Tensor) -> Tensor:
        """Dense features [n, P] of users or items through a table [I, r], [n, r]; own [n, r] where they have no history.
        Differentiable in the features."""
        found = matrix_product(features[:, self.columns.history], table[: len(self.columns.history)])
        return found if self.readable else own + found

    def summed(self, users: Tensor, features: Tensor | TensorRows | None, table: Tensor) -> Tensor:
        """The sum of a table's rows [I, r] over histories, [n, r]."""
        if not isinstance(features, Tensor):
            return mapped(self.rows(users, features), table)
        own = table.new_zeros(len(users), table.shape[1]) if self.readable else mapped(self.own.select(users), table)
        return self.through(features, table, own)

    def placed(self, table: Tensor) -> Tensor:
        """A table [I, r] as one of all features [P, r]: 0 for those that are no history."""
        out = table.new_zeros(len(self.columns.place), table.shape[1])
        out[self.columns.history] = table[: len(self.columns.history)]
        return out


def scaled(rows: TensorRows, scale: Tensor) -> TensorRows:
    """Each row [n] times its scale [n]."""
    return SparseRows(rows.offsets, rows.indices, rows.values * scale[rows.row_indices()], rows.n_columns)
