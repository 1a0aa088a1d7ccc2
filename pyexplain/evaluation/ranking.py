"""Ranked lists of all users with held-out positives: candidate lists, or the best of the whole catalogue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ..data.types import Dataset
from ..metrics.relevance import DEPTH, held_out, is_pair, sort_keys
from ..metrics.types import Ranking
from ..recommenders.base import Recommender
from .scoring import ROWS_AT_ONCE, BatchScorer

Int = npt.NDArray[np.int64]


def candidate_ranking(recommender: Recommender, data: Dataset, part: str = "test") -> Ranking:
    """Scores of the frozen candidate lists. Every user with a pair in the part has a row; without a list it is empty (all -1)."""
    pairs, lists = held_out(data, part)
    users = np.unique(pairs[:, 0])
    items = np.full((len(users), lists.items.shape[1]), -1, dtype=np.int64)
    listed = np.isin(lists.users, users)
    items[np.searchsorted(users, lists.users[listed])] = lists.items[listed]
    scores = np.zeros(items.shape, dtype=np.float32)
    rows, columns = np.nonzero(items >= 0)
    scores[rows, columns] = BatchScorer(recommender, data.n_features)(users[rows], items[rows, columns])
    return Ranking(users, items, scores)


def full_ranking(recommender: Recommender, data: Dataset, part: str = "test", depth: int = DEPTH) -> Ranking:
    """The `depth` best of the whole catalogue, without the items that the user liked in training (and, for "test", validation).

    At the last place a positive gives way to negatives of equal score, so cutting the list off gives nothing away.
    """
    pairs, _ = held_out(data, part)
    users, depth = np.unique(pairs[:, 0]), min(depth, data.n_items)
    known = data.train if part == "valid" else np.concatenate([data.train, data.valid])
    known = known[~is_pair(pairs, known[:, 0], known[:, 1], data.n_items)]
    scorer, everything = BatchScorer(recommender, data.n_features), np.arange(data.n_items, dtype=np.int64)
    items = np.full((len(users), depth), -1, dtype=np.int64)
    scores = np.zeros((len(users), depth), dtype=np.float32)
    at_once = max(1, 4 * ROWS_AT_ONCE // data.n_items)
    for start in range(0, len(users), at_once):
        rows = slice(start, start + at_once)
        asked = users[rows]
        found = scorer(np.repeat(asked, data.n_items), np.tile(everything, len(asked))).reshape(len(asked), -1)
        keys = sort_keys(found, is_pair(pairs, asked[:, None], everything[None, :], data.n_items))
        mine = known[np.isin(known[:, 0], asked)]
        keys[np.searchsorted(asked, mine[:, 0]), mine[:, 1]] = -np.inf
        best, places = torch.from_numpy(keys).topk(depth, dim=1)
        there = np.isfinite(best.numpy())
        items[rows] = np.where(there, places.numpy(), -1)
        scores[rows] = np.where(there, np.take_along_axis(found, places.numpy(), axis=1), 0)
    return Ranking(users, items, scores)
