"""Frozen candidate lists, and sampling of items that a user has not liked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .room import Room, give_back
from .types import Candidates

Int = npt.NDArray[np.int64]
BLOCK = 2**16  # users after whose lists their memory is let go of


class NegativeSampler:
    """Draws negatives: items that a user has not liked, without writing them all down.

    liked: pairs [n, 2] of (user, item). The r-th unliked item of a user, r in 0..count-1, is found by one binary search
    over "item less the number of liked items before it", so sampling is exact, uniform, and needs no second try.
    """

    def __init__(self, liked: Int, n_users: int, n_items: int) -> None:
        users, items = np.divmod(np.unique(liked[:, 0] * n_items + liked[:, 1]), max(1, n_items))
        self.n_items = n_items
        sizes = np.bincount(users, minlength=n_users)
        self.starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
        self.counts = n_items - sizes  # unliked items of each user, [U]
        rank = np.arange(len(users)) - self.starts[users]
        self.keys = users * (n_items + 1) + items - rank

    def pick(self, users: Int, ranks: Int) -> Int:
        """The item of rank `ranks[k]` among the unliked items of `users[k]`."""
        before = np.searchsorted(self.keys, users * (self.n_items + 1) + ranks, side="right") - self.starts[users]
        picked: Int = ranks + before
        return picked

    def sample(self, users: Int, rng: np.random.Generator) -> Int:
        """One unliked item for each of users [n], uniformly. Users who liked everything must not be asked for."""
        return self.pick(users, rng.integers(0, self.counts[users]))


def draw_candidates(
    relevant_pairs: Int, liked: Int, n_users: int, n_items: int, size: int, seed: int, room: Room | None = None
) -> Candidates:
    """A list of `size` items for each user with relevant pairs: those, and random items that the user never liked; shuffled.

    liked [n, 2]: every positive pair known, of whatever part. A user with more than `size` relevant items keeps the first `size`.
    No relevant pair: no list. room: where lists go that are too many for memory.
    """
    room = room or Room()
    sampler = NegativeSampler(liked, n_users, n_items)
    ordered = relevant_pairs[np.argsort(relevant_pairs[:, 0], kind="stable")]
    users, starts = np.unique(ordered[:, 0], return_index=True)
    ends = np.append(starts[1:], len(ordered))[: len(users)]
    items, marks = room.array((len(users), size), np.int64), room.array((len(users), size), np.bool_)
    for begin in range(0, len(users), BLOCK):
        block = slice(begin, begin + BLOCK)
        for number, (user, start, end) in enumerate(zip(*(of[block].tolist() for of in (users, starts, ends)), strict=True), begin):
            # a generator of its own for each user: the lists of others do not move when one user changes
            rng = np.random.default_rng([seed, 3, user])
            kept = ordered[start : min(end, start + size), 1]
            drawn = _drawn(sampler, user, size - len(kept), rng)
            order = rng.permutation(len(kept) + len(drawn))
            items[number, : len(order)], marks[number, : len(order)] = np.concatenate([kept, drawn])[order], order < len(kept)
            items[number, len(order) :], marks[number, len(order) :] = -1, False
        give_back(items)
        give_back(marks)
    return Candidates(users.astype(np.int64), items, marks)


def _drawn(sampler: NegativeSampler, user: int, wanted: int, rng: np.random.Generator) -> Int:
    """So many different items that the user never liked, or all where they are fewer."""
    count = int(sampler.counts[user])
    wanted = min(wanted, count)
    return sampler.pick(np.full(wanted, user), rng.choice(count, wanted, replace=False))
