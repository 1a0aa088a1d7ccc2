"""Features of users or of items as fields, one a kind: the sum of the vectors of what is held, over the length of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..ops import matrix_product
from .networks import mapped


@dataclass(frozen=True, eq=False)
class Fields:
    """rows [N, P]: the features of one side; field [P]: the place of each feature's kind; columns: the features of each field.

    scale [N, K]: 1 over the length ||f||_2 of what a row holds of each kind (1 where it holds nothing), whatever features are
    handed in.
    """

    rows: TensorRows
    field: Tensor
    columns: list[Tensor]
    scale: Tensor

    @staticmethod
    def of(data: Dataset, rows: SparseRows, device: torch.device | str) -> Fields:
        """Of user_features or item_features."""
        kinds = data.kinds
        columns = [data.features.of_kind(kind) for kind in kinds]
        field = np.zeros(data.n_features, dtype=np.int64)
        for place, at in enumerate(columns):
            field[at] = place
        squares = np.zeros((rows.n_rows, max(1, len(kinds))))
        np.add.at(squares, (rows.row_indices(), field[rows.indices]), rows.values.astype(np.float64) ** 2)
        scale = np.where(squares > 0, np.maximum(squares, 1e-12) ** -0.5, 1.0).astype(np.float32)
        there = [torch.from_numpy(at).to(device) for at in (field, scale)]
        return Fields(rows.tensors(device), there[0], [torch.from_numpy(at).to(device) for at in columns], there[1])

    @property
    def count(self) -> int:
        """K."""
        return len(self.columns)

    def summed(self, indices: Tensor, features: Tensor | TensorRows | None, table: Tensor) -> Tensor:
        """The scaled sums of a table's rows [P, k] over what rows [n] hold, [n, K, k]."""
        if isinstance(features, Tensor):
            parts = [matrix_product(features[:, at], table[at]) for at in self.columns]
        else:
            rows = self.rows.select(indices) if features is None else features
            parts = [mapped(rows.where(self.field[rows.indices] == place), table) for place in range(self.count)]
        if not parts:
            return table.new_zeros(len(indices), 0, table.shape[1])
        return torch.stack(parts, dim=1) * self.scale[indices][:, :, None]

    def weighted(self, indices: Tensor, rows: TensorRows) -> TensorRows:
        """Sparse rows [n, P], each entry over the length of its kind."""
        own = self.scale[indices]
        return SparseRows(
            rows.offsets, rows.indices, rows.values * own[rows.row_indices(), self.field[rows.indices]], rows.n_columns
        )
