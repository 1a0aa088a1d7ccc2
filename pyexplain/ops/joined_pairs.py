"""joined_pairs: what a network on identities alone makes of pairs: e_u concat e_i for its head, and p_u . q_i beside it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .native import Kernel, Operator


class Identities(NamedTuple):
    """Embeddings e [U, d] and [I, d], factors p [U, k] and q [I, k]; k may be 0."""

    user_embedding: Tensor
    item_embedding: Tensor
    user_factors: Tensor
    item_factors: Tensor


def _native(kernel: Kernel, of: Identities, users: Tensor, items: Tensor, x: Tensor, products: Tensor) -> None:
    """Writes x [n, 2 d] and products [n] of (users, items) [n]."""
    d, k = of.user_embedding.shape[1], of.user_factors.shape[1]
    kernel(**of._asdict(), users=users, items=items, n=len(users), d=d, k=k, x=x, products=products)


def _twin(of: Identities, users: Tensor, items: Tensor, x: Tensor, products: Tensor) -> None:
    torch.cat([of.user_embedding[users], of.item_embedding[items]], dim=1, out=x)
    torch.sum(of.user_factors[users] * of.item_factors[items], 1, out=products)


run_joined_pairs = Operator("joined_pairs", _native, _twin)
