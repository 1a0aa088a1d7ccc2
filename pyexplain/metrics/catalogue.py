"""Places in the whole catalogue, by scores of pairs alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .base import MetricInput
from .printed import Lines

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
ROUNDING = 1e-4  # of scores: two that are nearer may stand in either order
USERS_AT_ONCE = 64


def scores_of_all(given: MetricInput, users: Int, features: SparseRows | None = None) -> Iterator[tuple[int, Float]]:
    """For each of users [n] its number and the scores [I] of all items, -inf where it liked them in training; f_u [n, P] may be
    replaced."""
    assert given.scores is not None
    n_items = given.data.n_items
    everything = np.arange(n_items, dtype=np.int64)
    liked = given.data.train[np.argsort(given.data.train[:, 0], kind="stable")]
    for start in range(0, len(users), USERS_AT_ONCE):
        some = users[start : start + USERS_AT_ONCE]
        rows = None if features is None else features.select(np.repeat(np.arange(start, start + len(some)), n_items))
        found = given.scores(np.repeat(some, n_items), np.tile(everything, len(some)), rows)
        for n, scores in enumerate(found.reshape(len(some), n_items).astype(np.float64)):
            first, last = np.searchsorted(liked[:, 0], (some[n], some[n] + 1))
            scores[liked[first:last, 1]] = -np.inf
            yield start + n, scores


def places(given: MetricInput, lines: Lines, which: str, after: SparseRows | None) -> list[range]:
    """The places that the item in front ("item") or behind ("other") of each line may have among all that the user has not liked.

    1 = best; one place, or several where others score the same. after [n, P]: f_u, or f_i of the item in front, once changed.
    """
    users, mine, front = (lines.column(name) for name in ("user", which, "item"))
    of_user = not lines.lines or lines.lines[0].side == "user"
    out = []
    then = None
    if after is not None and not of_user:
        assert given.scores is not None
        then = given.scores(users, front, None, after).astype(np.float64)
    for n, scores in scores_of_all(given, users, after if of_user else None):
        if then is not None:
            scores[front[n]] = then[n]
        own = scores[mine[n]]
        others = np.delete(scores, mine[n])
        out.append(range(1 + int((others > own + ROUNDING).sum()), 2 + int((others >= own - ROUNDING).sum())))
    return out
