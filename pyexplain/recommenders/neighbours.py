"""Factors of items that start where neighbours do: how much two items are liked together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.types import Dataset
from .networks import mapped


def neighbourly_items(data: Dataset, width: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
    """D [I, width] and Q [I, width]: D_k . Q_i is about c_ki / ((1 + c_k) sqrt(1 + c_i)) for k != i, with c_ki users who like both
    and c_k who like k; about 0 for k = i.

    Each item gets a random direction over sqrt(1 + c), and the sum of those of its users' other items. From training pairs alone;
    the wider, the nearer.
    """
    users, items = np.unique(data.train, axis=0).T if len(data.train) else data.train.reshape(0, 2).T
    ones = np.ones(len(users), np.float32)
    liked = SparseRows.from_triples(users, items, ones, (data.n_users, data.n_items)).tensors()
    likers = SparseRows.from_triples(items, users, ones, (data.n_items, data.n_users)).tensors()
    counts = likers.counts[:, None].float()  # [I, 1]
    directions = torch.randn(data.n_items, width, generator=g) / max(1, width) ** 0.5 / (1 + counts).sqrt()
    if width == 0:
        return directions, directions.clone()
    return directions, (mapped(likers, mapped(liked, directions)) - counts * directions) / (1 + counts).sqrt()
