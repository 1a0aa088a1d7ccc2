"""What candidate lists are drawn with, of many users: ranks of items and an order, as numpy draws them for each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .streams import Streams

Int = npt.NDArray[np.int64]
Drawn = tuple[Int, Int]
WORTH = 64  # users below which each draws by himself
MOST = 2**32 - 1  # that is drawn from in 32 bits
TAIL, SHARE = 10_000, 50  # of more than so many numpy draws otherwise, where more than one in so many are wanted


def draw_of_each(words: Sequence[int], users: Int, counts: Int, wanted: int, length: int) -> Drawn:
    """For each of users [n] `wanted` different ranks of 0..count - 1, [n, wanted], and an order of 0..length - 1, [n, length].

    A user's are those of a generator of the user's own, `default_rng([*words, user])`: choice(count, wanted, replace=False), then
    permutation(length). counts [n]: at least `wanted`.
    """
    able = (counts > wanted) & (counts <= MOST) & ((counts <= TAIL) | (wanted <= counts // SHARE)) & (users <= MOST)
    if not wanted or able.sum() < WORTH:
        able[:] = False
    ranks, order = np.empty((len(users), wanted), np.int64), np.empty((len(users), length), np.int64)
    if able.any():
        streams = Streams(words, users[able])
        ranks[able], order[able] = streams.choice(counts[able], wanted).T, streams.permutation(length).T
        able[np.flatnonzero(able)[streams.odd]] = False
        able[:] &= _is_numpys(words, users, counts, ranks, order, int(np.argmax(able)))
    for at in np.flatnonzero(~able):
        ranks[at], order[at] = _by_numpy(words, int(users[at]), int(counts[at]), wanted, length)
    return ranks, order


def _is_numpys(words: Sequence[int], users: Int, counts: Int, ranks: Int, order: Int, at: int) -> bool:
    """Whether what was drawn for one user is what numpy draws: another version of it may draw otherwise, and has the last word."""
    one = _by_numpy(words, int(users[at]), int(counts[at]), ranks.shape[1], order.shape[1])
    return np.array_equal(one[0], ranks[at]) and np.array_equal(one[1], order[at])


def _by_numpy(words: Sequence[int], user: int, count: int, wanted: int, length: int) -> Drawn:
    rng = np.random.default_rng([*words, user])
    return rng.choice(count, wanted, replace=False), rng.permutation(length)
