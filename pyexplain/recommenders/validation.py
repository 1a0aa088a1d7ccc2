"""Validation NDCG, the one number that training may choose an epoch by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..data.types import Candidates

ROWS_AT_ONCE = 512  # lists: scores are made in parts that stay in the cache by themselves; what the parts share is made once


def ndcg_of_lists(scores: Callable[[Tensor, Tensor], Tensor], lists: Candidates, device: torch.device, k: int = 10) -> float | None:
    """Mean NDCG@k in 0..1 over candidate lists, ties against the method; None when there are no lists."""
    if len(lists) == 0:
        return None
    total = 0.0
    width = lists.items.shape[1]
    for at in range(0, len(lists), ROWS_AT_ONCE):
        part = slice(at, at + ROWS_AT_ONCE)
        items, relevant = lists.items[part], lists.relevant[part]
        users = torch.from_numpy(lists.users[part].copy()).repeat_interleave(width).to(device)
        with torch.no_grad():
            flat = scores(users, torch.from_numpy(items.clip(0).reshape(-1)).to(device))
        values = flat.reshape(items.shape).cpu().numpy().astype(np.float64)
        values[items < 0] = -np.inf
        order = np.lexsort((relevant, -values))  # equal scores: the irrelevant first
        hits = np.take_along_axis(relevant, order, axis=1)[:, :k]
        gains = hits / np.log2(np.arange(2, hits.shape[1] + 2))
        ideal = np.cumsum(1 / np.log2(np.arange(2, k + 2)))[np.minimum(relevant.sum(axis=1), k) - 1]
        total += float((gains.sum(axis=1) / ideal).sum())
    return total / len(lists)
