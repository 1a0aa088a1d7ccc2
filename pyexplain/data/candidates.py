"""Frozen candidate lists, and sampling of items that a user has not liked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .draws import draw_of_each
from .room import IN_MEMORY, Room, give_back
from .types import Candidates
from .views import as_before, blocks

Int = npt.NDArray[np.int64]
BLOCK = 2**13  # users whose lists are drawn together
FEW = 16  # liked items that are looked at one by one


class NegativeSampler:
    """Draws negatives: items that a user has not liked, without writing them all down.

    liked: pairs [n, 2] of (user, item). The r-th unliked item of a user, r in 0..count-1, is found by one binary search
    over "item less the number of liked items before it", so sampling is exact, uniform, and needs no second try.
    """

    def __init__(self, liked: Int, n_users: int, n_items: int) -> None:
        self._set(liked[:, 0] * n_items + liked[:, 1], n_users, n_items, IN_MEMORY)

    @classmethod
    def of(cls, liked: Sequence[Int], n_users: int, n_items: int, room: Room) -> NegativeSampler:
        """From several arrays of pairs; room: where keys go that are too many for memory."""
        made, at = cls.__new__(cls), 0
        cells = room.array((sum(map(len, liked)),), np.int64)
        for pairs in liked:
            for part in blocks(len(pairs)):
                cells[at : at + part.stop - part.start] = pairs[part, 0] * n_items + pairs[part, 1]
                at += part.stop - part.start
        made._set(cells, n_users, n_items, room)
        return made

    def _set(self, cells: Int, n_users: int, n_items: int, room: Room) -> None:
        """cells [n]: user * n_items + item of each pair; taken, and changed in place."""
        cells.sort()
        self.keys = keys = _once(cells, room)
        del cells
        self.n_items = n_items
        starts = room.made(n_users + 1, np.int64, lambda part: np.searchsorted(keys, np.arange(part.start, part.stop) * n_items))
        self.starts = starts[:-1]
        self.counts = room.made(n_users, np.int64, lambda part: n_items - _sizes(starts, part))  # unliked items of each user, [U]
        for users in blocks(n_users):  # the key of a user's r-th liked item: user * (n_items + 1) + item - r
            at = slice(int(starts[users.start]), int(starts[users.stop]))
            own = _sizes(starts, users)
            keys[at] += np.repeat(np.arange(users.start, users.stop) + starts[users], own) - np.arange(at.start, at.stop)

    def pick(self, users: Int, ranks: Int) -> Int:
        """The item of rank `ranks[k]` among the unliked items of `users[k]`."""
        before = np.searchsorted(self.keys, users * (self.n_items + 1) + ranks, side="right") - self.starts[users]
        picked: Int = ranks + before
        return picked

    def pick_many(self, users: Int, ranks: Int) -> Int:
        """The items of ranks [n, m] among the unliked items of users [n]: where these liked few, without a search for each."""
        picked, own = ranks.copy(), self.n_items - self.counts[users]
        begin = users * (self.n_items + 1)
        few = np.where(own <= FEW, own, 0)
        for number in range(int(few.max(initial=0))):
            # a rank lies beyond a liked item where as many unliked items come before that
            rows = np.flatnonzero(few > number)
            picked[rows] += ranks[rows] >= (self.keys[self.starts[users[rows]] + number] - begin[rows])[:, None]
        many = np.flatnonzero(own > FEW)
        picked[many] = self.pick(users[many, None], ranks[many])
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
    return draw_lists(relevant_pairs, NegativeSampler(liked, n_users, n_items), size, seed, room or Room())


def draw_lists(relevant_pairs: Int, sampler: NegativeSampler, size: int, seed: int, room: Room) -> Candidates:
    """draw_candidates() from the sampler of what was liked."""
    ordered = relevant_pairs
    if any((np.diff(ordered[part.start : part.stop + 1, 0]) < 0).any() for part in blocks(len(ordered))):
        ordered = ordered[np.argsort(ordered[:, 0], kind="stable")]
    starts = room.where(len(ordered), lambda part: ~as_before(ordered[:, 0], part))
    users = room.taken(ordered[:, 0], starts)
    counts = room.made(len(users), np.int64, lambda part: _sizes(starts, part, len(ordered)))
    items, marks = room.array((len(users), size), np.int64), room.array((len(users), size), np.bool_)
    for begin in range(0, len(users), BLOCK):
        block = slice(begin, begin + BLOCK)
        of = users[block], starts[block], np.minimum(counts[block], size)
        for rows, kept, drawn, order in _drawn(sampler, ordered[:, 1], *of, size, seed):
            length = order.shape[1]
            items[begin + rows, :length] = np.take_along_axis(np.concatenate([kept, drawn], axis=1), order, axis=1)
            items[begin + rows, length:] = -1
            marks[begin + rows] = np.pad(order < kept.shape[1], ((0, 0), (0, size - length)))
        give_back(items)
        give_back(marks)
    return Candidates(users, items, marks)


def _once(ordered: Int, room: Room) -> Int:
    """Ascending numbers without repeats: themselves where there are none."""
    first = room.where(len(ordered), lambda part: ~as_before(ordered, part))
    return ordered if len(first) == len(ordered) else room.taken(ordered, first)


def _sizes(starts: Int, part: slice, end: int = 0) -> Int:
    """Of some rows, from where each begins; end: where the last one of all ends, if that does not stand behind them."""
    begins = starts[part.start : part.stop + 1]
    return np.diff(begins) if len(begins) > part.stop - part.start else np.diff(begins, append=end)


def _drawn(
    sampler: NegativeSampler, items: Int, users: Int, starts: Int, kept: Int, size: int, seed: int
) -> Iterator[tuple[Int, Int, Int, Int]]:
    """Of those of users [n] whose lists are of one form at a time: their places in `users`, their own items, drawn ones, and the
    order of both. A user's own are items[start : start + kept]; so many are drawn as fill the list, or all where they are fewer."""
    wanted = np.minimum(size - kept, sampler.counts[users])
    forms, form = np.unique(kept * (size + 1) + wanted, return_inverse=True)
    for number in range(len(forms)):
        rows = np.flatnonzero(form == number)
        n_kept, n_drawn = int(kept[rows[0]]), int(wanted[rows[0]])
        # a generator of its own for each user: the lists of others do not move when one user changes
        of = users[rows]
        ranks, order = draw_of_each([seed, 3], of, sampler.counts[of], n_drawn, n_kept + n_drawn)
        yield rows, items[starts[rows, None] + np.arange(n_kept)], sampler.pick_many(of, ranks), order
