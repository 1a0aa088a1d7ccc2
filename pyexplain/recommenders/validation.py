"""Validation NDCG, the one number that training may choose an epoch by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.types import Candidates

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]
Scores = Callable[[Tensor, Tensor], Tensor]
STAGES = (16, 32, 56)  # places of a list after which it is looked at whether the rest decides anything
ROWS_AT_ONCE = 512  # lists: scores are made in parts that stay in the cache by themselves; what the parts share is made once


def ndcg_of_lists(scores: Scores, lists: Candidates, device: torch.device, k: int = 10) -> float | None:
    """Mean NDCG@k in 0..1 over candidate lists, ties against the method; None when there are no lists."""
    if len(lists) == 0:
        return None
    total = 0.0
    for at in range(0, len(lists), ROWS_AT_ONCE):
        part = slice(at, at + ROWS_AT_ONCE)
        first = np.argsort(~lists.relevant[part], axis=1, kind="stable")  # the relevant ones first
        items, relevant = lists.items[part], lists.relevant[part]
        items, relevant = np.take_along_axis(items, first, axis=1), np.take_along_axis(relevant, first, axis=1)
        users = torch.from_numpy(lists.users[part].copy()).to(device)
        values = _scored(scores, users, items, relevant, k)
        order = np.lexsort((relevant, -values))  # equal scores: the irrelevant first
        hits = np.take_along_axis(relevant, order, axis=1)[:, :k]
        gains = hits / np.log2(np.arange(2, hits.shape[1] + 2))
        ideal = np.cumsum(1 / np.log2(np.arange(2, k + 2)))[np.minimum(relevant.sum(axis=1), k) - 1]
        total += float((gains.sum(axis=1) / ideal).sum())
    return total / len(lists)


def _scored(scores: Scores, users: Tensor, items: Int, relevant: Bool, k: int) -> Float:
    """Scores [n, m] of lists whose relevant items stand first; -inf where there is no item (-1), and where none was asked for: a
    list with one relevant item that k others are at least as good as gains nothing, whatever the rest scores."""
    values = np.full(items.shape, -np.inf)
    rows, single = np.arange(len(items)), relevant.sum(axis=1) == 1
    ends = [end for end in STAGES if end < items.shape[1]] + [items.shape[1]]
    for begin, end in zip([0, *ends], ends, strict=False):
        asked = items[rows, begin:end]
        with torch.no_grad():
            who = users[torch.from_numpy(rows).to(users.device)].repeat_interleave(end - begin)
            found = scores(who, torch.from_numpy(asked.clip(0).reshape(-1)).to(users.device)).cpu().numpy()
        values[rows, begin:end] = np.where(asked < 0, -np.inf, found.reshape(asked.shape))
        behind = (values[rows, 1:end] >= values[rows, :1]).sum(axis=1) >= k
        rows = rows[~(single[rows] & behind)]
        if len(rows) == 0:
            break
    return values
