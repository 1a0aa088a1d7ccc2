"""Frozen candidate lists, and sampling of items that a user has not liked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .types import Candidates

Int = npt.NDArray[np.int64]


class NegativeSampler:
    """Draws negatives: items that a user has not liked, without writing them all down.

    liked: pairs [n, 2] of (user, item). The r-th unliked item of a user, r in 0..count-1, is found by one binary search
    over "item less the number of liked items before it", so sampling is exact, uniform, and needs no second try.
    """

    def __init__(self, liked: Int, n_users: int, n_items: int) -> None:
        pairs = np.unique(liked, axis=0) if len(liked) else liked.reshape(0, 2)
        self.n_items = n_items
        sizes = np.bincount(pairs[:, 0], minlength=n_users)
        self.starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self.counts = n_items - sizes  # unliked items of each user, [U]
        rank = np.arange(len(pairs)) - self.starts[pairs[:, 0]]
        self.keys = pairs[:, 0] * (n_items + 1) + pairs[:, 1] - rank

    def pick(self, users: Int, ranks: Int) -> Int:
        """The item of rank `ranks[k]` among the unliked items of `users[k]`."""
        before = np.searchsorted(self.keys, users * (self.n_items + 1) + ranks, side="right") - self.starts[users]
        picked: Int = ranks + before
        return picked

    def sample(self, users: Int, rng: np.random.Generator) -> Int:
        """One unliked item for each of users [n], uniformly. Users who liked everything must not be asked for."""
        return self.pick(users, rng.integers(0, self.counts[users]))


def draw_candidates(relevant_pairs: Int, liked: Int, n_users: int, n_items: int, size: int, seed: int) -> Candidates:
    """A list of `size` items for each user with relevant pairs: those, and random items that the user never liked; shuffled.

    liked [n, 2]: every positive pair known, of whatever part. A user with more than `size` relevant items keeps the first `size`.
    No relevant pair: no list.
    """
    sampler = NegativeSampler(liked, n_users, n_items)
    ordered = relevant_pairs[np.argsort(relevant_pairs[:, 0], kind="stable")]
    users, starts = np.unique(ordered[:, 0], return_index=True)
    by_user = np.split(ordered[:, 1], starts[1:]) if len(users) else []
    items = np.full((len(users), size), -1, dtype=np.int64)
    marks = np.zeros((len(users), size), dtype=bool)
    for number, (user, positives) in enumerate(zip(users, by_user, strict=True)):
        # a generator of its own for each user: the lists of others do not move when one user changes
        rng = np.random.default_rng([seed, 3, int(user)])
        kept = positives[:size]
        wanted = min(size - len(kept), int(sampler.counts[user]))
        ranks = rng.choice(int(sampler.counts[user]), wanted, replace=False)
        drawn = sampler.pick(np.full(wanted, user), ranks)
        order = rng.permutation(len(kept) + wanted)
        items[number, : len(order)] = np.concatenate([kept, drawn])[order]
        marks[number, : len(order)] = (np.arange(len(order)) < len(kept))[order]
    return Candidates(users.astype(np.int64), items, marks)
