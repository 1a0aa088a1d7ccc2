"""By how much scores can rise at most, kept short: a number a row, and a few rows of a table of all items."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..data.sparse import SparseRows, TensorRows


@dataclass(frozen=True, eq=False)
class Lifted:
    """Upper bounds [n, I]: constant [n] + rows [n, T] @ table [T, I]."""

    constant: Tensor
    rows: TensorRows
    table: Tensor

    @staticmethod
    def of(bounds: Tensor) -> Lifted:
        """Of bounds [n, I] as they are."""
        each = torch.arange(len(bounds) + 1, device=bounds.device)
        return Lifted(bounds.new_zeros(len(bounds)), SparseRows(each, each[:-1], bounds.new_ones(len(bounds)), len(bounds)), bounds)

    def dense(self) -> Tensor:
        """[n, I]."""
        if len(self.rows.indices) == 0:
            return self.constant[:, None].expand(-1, self.table.shape[1])
        offsets, indices, values = self.rows
        lifted = functional.embedding_bag(indices, self.table, offsets[:-1], mode="sum", per_sample_weights=values)
        return lifted + self.constant[:, None]

    def on_processor(self) -> Lifted:
        """The same there."""
        return Lifted(self.constant.cpu(), self.rows.tensors("cpu"), self.table.cpu())
