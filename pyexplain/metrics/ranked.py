"""Where the held-out positives stand in a ranking."""

from __future__ import annotations

import numpy as np
import torch

from .base import MetricInput
from .hits import Hits
from .relevance import DEPTH, held_out, is_pair, sort_keys


def find_hits(given: MetricInput) -> Hits:
    """Where the held-out positives stand in the given ranking.

    Users without a positive are left out; users with one and without a row in the ranking stay, with no hit.
    """
    assert given.ranking is not None
    data, ranking = given.data, given.ranking
    pairs = np.unique(held_out(data, given.part)[0], axis=0)
    users, positives = np.unique(pairs[:, 0], return_counts=True)
    depth = max(given.k, DEPTH)
    relevant = is_pair(pairs, ranking.users[:, None], ranking.items, data.n_items)
    keys = sort_keys(ranking.scores, relevant)
    keys[ranking.items < 0] = -np.inf
    width = min(depth, keys.shape[1])
    order = torch.from_numpy(keys).topk(width, dim=1).indices.numpy() if width else np.zeros((len(keys), 0), np.int64)
    hits = np.zeros((len(users), depth), dtype=bool)
    judged = np.isin(ranking.users, users)
    hits[np.searchsorted(users, ranking.users[judged]), :width] = np.take_along_axis(relevant, order, axis=1)[judged]
    return Hits(users, hits, positives)
