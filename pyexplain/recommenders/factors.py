"""The network of matrix factorisation, for methods that rank without features."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from ..data.sparse import TensorRows
from .networks import table_rows

SCALE = 0.1  # standard deviation of the first entries, over sqrt(dim), so that first scores do not depend on dim


class FactorNetwork(nn.Module):
    """p_u . q_i + b_i; features are not used, so both encodings are empty."""

    row_tables: ClassVar[dict[str, str]] = {"user_embedding": "users", "item_embedding": "items", "item_bias": "items"}

    def __init__(self, n_users: int, n_items: int, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        scale = SCALE / dim**0.5
        self.user_embedding = nn.Parameter(torch.randn(n_users, dim, generator=g) * scale)
        self.item_embedding = nn.Parameter(torch.randn(n_items, dim, generator=g) * scale)
        self.item_bias = nn.Parameter(torch.zeros(n_items, 1))

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Nothing, [n, 0]."""
        return self.user_embedding.new_zeros(len(users), 0)

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Nothing, [n, 0]."""
        return self.item_embedding.new_zeros(len(items), 0)

    def factors(self, users: Tensor, items: Tensor) -> tuple[Tensor, Tensor]:
        """p_u and q_i, [n, dim] each."""
        return table_rows(self.user_embedding, users), table_rows(self.item_embedding, items)

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Scores [n]."""
        p, q = self.factors(users, items)
        return (p * q).sum(dim=1) + table_rows(self.item_bias, items)[:, 0]
