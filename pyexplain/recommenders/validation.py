"""Validation NDCG, the one number that training may choose an epoch by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.types import Candidates

Int = npt.NDArray[np.int64]
Places = npt.NDArray[np.signedinteger[Any]]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]
Scores = Callable[[Tensor, Tensor], Tensor]
STAGES = (13, 21, 37)  # places of a list after which it is looked at whether the rest decides anything
ROWS_AT_ONCE = 512  # lists: scores are made in parts that stay in the cache by themselves; what the parts share is made once


class ValidationLists:
    """Candidate lists that are validated again and again. Which places are asked about first follows the scores of the time before:
    whoever was ahead then is likely to be ahead now, and a list that is decided is asked no further. The value does not depend on
    it.

    order [n, m]: of each list the relevant items first, then the others, best first as far as is known; None before the first time.
    """

    def __init__(self, lists: Candidates, device: torch.device, k: int = 10) -> None:
        self.lists, self.device, self.k = lists, device, k
        self._order: Places | None = None

    def ndcg(self, scores: Scores) -> float | None:
        """Mean NDCG@k in 0..1, ties against the method; None when there are no lists."""
        lists = self.lists
        if len(lists) == 0:
            return None
        if self._order is None:
            few = lists.items.shape[1] <= np.iinfo(np.int16).max
            self._order = np.argsort(~lists.relevant, axis=1, kind="stable").astype(np.int16 if few else np.int64)
        total = sum(self._gained(scores, slice(at, at + ROWS_AT_ONCE)) for at in range(0, len(lists), ROWS_AT_ONCE))
        return total / len(lists)

    def _gained(self, scores: Scores, part: slice) -> float:
        """The sum of NDCG@k over a part of the lists."""
        assert self._order is not None
        order = self._order[part]
        items = np.take_along_axis(self.lists.items[part], order, axis=1)
        relevant = np.take_along_axis(self.lists.relevant[part], order, axis=1)
        users = torch.from_numpy(self.lists.users[part].copy()).to(self.device)
        values = _scored(scores, users, items, relevant, self.k)
        best = np.lexsort((relevant, -values))  # equal scores: the irrelevant first
        self._order[part] = _relevant_first(np.take_along_axis(order, best, axis=1), np.take_along_axis(relevant, best, axis=1))
        hits = np.take_along_axis(relevant, best, axis=1)[:, : self.k]
        gains = hits / np.log2(np.arange(2, hits.shape[1] + 2))
        ideal = np.cumsum(1 / np.log2(np.arange(2, self.k + 2)))[np.minimum(relevant.sum(axis=1), self.k) - 1]
        return float((gains.sum(axis=1) / ideal).sum())


def ndcg_of_lists(scores: Scores, lists: Candidates, device: torch.device, k: int = 10) -> float | None:
    """Mean NDCG@k in 0..1 over candidate lists, ties against the method; None when there are no lists."""
    return ValidationLists(lists, device, k).ndcg(scores)


def _relevant_first(order: Places, relevant: Bool) -> Places:
    """The same order [n, m], with what is relevant in front."""
    return np.take_along_axis(order, np.argsort(~relevant, axis=1, kind="stable"), axis=1)


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
