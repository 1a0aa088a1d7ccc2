"""Ranked lists of all users with held-out positives, and where in them the positives stand. Ties count against the method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ..data.types import Candidates, Dataset
from ..errors import UsageError
from ..recommenders.base import Recommender
from .base import MetricInput
from .places import Places
from .scoring import ROWS_AT_ONCE, BatchScorer
from .types import Float, Ranking

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
DEPTH = 10  # mrr@10 looks this deep, whatever k is


def held_out(data: Dataset, part: str) -> tuple[Int, Candidates]:
    """The relevant pairs and the candidate lists of a part, "test" or "valid"."""
    if part not in ("test", "valid"):
        raise UsageError(f"unknown part {part!r}", hint="Known: test, valid.")
    return (data.test, data.test_candidates) if part == "test" else (data.valid, data.valid_candidates)


def is_pair(pairs: Int, users: Int, items: Int, n_items: int) -> Bool:
    """Whether (users, items), of any shape, are among pairs [n, 2]; items of -1 never are."""
    known = np.unique(pairs[:, 0] * n_items + pairs[:, 1])
    asked = users * n_items + items
    if len(known) == 0:
        return np.zeros(asked.shape, dtype=bool)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: Bool = (known[place] == asked) & (items >= 0)
    return found


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
        keys = _keys(found, is_pair(pairs, asked[:, None], everything[None, :], data.n_items))
        mine = known[np.isin(known[:, 0], asked)]
        keys[np.searchsorted(asked, mine[:, 0]), mine[:, 1]] = -np.inf
        best, places = torch.from_numpy(keys).topk(depth, dim=1)
        there = np.isfinite(best.numpy())
        items[rows] = np.where(there, places.numpy(), -1)
        scores[rows] = np.where(there, np.take_along_axis(found, places.numpy(), axis=1), 0)
    return Ranking(users, items, scores)


def _keys(scores: npt.NDArray[np.float32], relevant: Bool) -> Float:
    """Scores as float64, those of positives lowered by less than any step of float32: below equal negatives, above the rest."""
    keys = scores.astype(np.float64)
    keys[relevant] = np.nextafter(keys[relevant], -np.inf)
    return keys


def find_hits(given: MetricInput) -> Places:
    """Where the held-out positives stand in the given ranking.

    Users without a positive are left out; users with one and without a row in the ranking stay, with no hit.
    """
    assert given.ranking is not None
    data, ranking = given.data, given.ranking
    pairs = np.unique(held_out(data, given.part)[0], axis=0)
    users, positives = np.unique(pairs[:, 0], return_counts=True)
    depth = max(given.k, DEPTH)
    relevant = is_pair(pairs, ranking.users[:, None], ranking.items, data.n_items)
    keys = _keys(ranking.scores, relevant)
    keys[ranking.items < 0] = -np.inf
    width = min(depth, keys.shape[1])
    order = torch.from_numpy(keys).topk(width, dim=1).indices.numpy() if width else np.zeros((len(keys), 0), np.int64)
    hits = np.zeros((len(users), depth), dtype=bool)
    judged = np.isin(ranking.users, users)
    hits[np.searchsorted(users, ranking.users[judged]), :width] = np.take_along_axis(relevant, order, axis=1)[judged]
    return Places(users, hits, positives)
