"""Comparing sets of named features: between two explanations of one pair, and between users."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import RunError
from ..explainers.types import Explanations
from .named import Named, named_features
from .types import Float

Int = npt.NDArray[np.int64]


def overlap(one: Explanations, other: Explanations, k: int) -> Float:
    """|A and B| / |A or B| of the k features each row names first [n]; NaN where neither names one. RunError if rows differ."""
    if not (np.array_equal(one.users, other.users) and np.array_equal(one.items, other.items)):
        raise RunError("explanations of different pairs cannot be compared", hint="Explain the same pairs in the same order.")
    a, b = (named_features(e.weights, k) for e in (one, other))
    common = np.bincount(np.intersect1d(_cells(a), _cells(b)) // a.n_features, minlength=a.n_rows)
    together = a.counts() + b.counts() - common
    return np.where(together > 0, common / np.maximum(together, 1), np.nan)


def _cells(named: Named) -> Int:
    return named.rows * named.n_features + named.features


def difference_between_users(explained: Explanations, k: int) -> Float:
    """For each row the share of its k first features that a row of another user, taken at random, does not name [n].

    0 for rows that name nothing. Empty where there is only one user.
    """
    users, group = np.unique(explained.users, return_inverse=True)
    if len(users) < 2:
        return np.zeros(0)
    named = named_features(explained.weights, k)
    everywhere = np.bincount(named.features, minlength=named.n_features)
    cells = group[named.rows] * named.n_features + named.features
    distinct, place = np.unique(cells, return_inverse=True)
    own = np.bincount(place, minlength=len(distinct))[place]
    others = len(explained) - np.bincount(group)[group[named.rows]]  # rows of other users
    unshared = 1 - (everywhere[named.features] - own) / others
    counts = named.counts()
    sums = np.bincount(named.rows, weights=unshared, minlength=len(explained))
    return np.where(counts > 0, sums / np.maximum(counts, 1), 0.0)
