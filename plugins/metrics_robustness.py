"""Metrics that compare explanations with each other: stability, sanity, diversity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyexplain import Explanations, RunError, hookimpl
from pyexplain.metrics import Float, Metric, MetricInput, Named, Values, named_features

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


class SetMetric(Metric):
    """Common to all. Controls stand in the table, but being random, or always the same, is no merit to be beaten."""

    direction = "higher"
    beside_controls = False


class StabilityNoise(SetMetric):
    """|A and B| / |A or B| of the first k features before (A) and after (B) noise of 5 % on every feature value; mean over rows.

    A row that names nothing both times counts as 0.
    """

    name, group, key = "stability-noise", "stability", "noise"
    needs = frozenset({"explanations", "noisy"})

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        assert given.explanations is not None
        assert given.noisy is not None
        return Values(given.explanations.users, np.nan_to_num(overlap(given.explanations, given.noisy, given.k)))


class StabilitySeeds(SetMetric):
    """|A and B| / |A or B| of the first k features of this run (A) and a run with another seed (B); mean over runs and rows."""

    name, group, key = "stability-seeds", "stability", "seeds"
    needs = frozenset({"explanations", "reseeded"})

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        assert given.explanations is not None
        each = [np.nan_to_num(overlap(given.explanations, other, given.k)) for other in given.reseeded]
        return Values(given.explanations.users, np.mean(each, axis=0))


class Sanity(SetMetric):
    """1 - |A and B| / |A or B| of the first k features of the trained model (A) and of one with random weights (B).

    Near 0: the explanation does not depend on what the model learned. A row that names nothing both times counts as 0.
    """

    name, group, key = "sanity", "sanity", "randomised"
    needs = frozenset({"explanations", "randomised"})
    reference = "Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018"

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        assert given.explanations is not None
        assert given.randomised is not None
        return Values(given.explanations.users, np.nan_to_num(1 - overlap(given.explanations, given.randomised, given.k)))


class Diversity(SetMetric):
    """Mean over rows of the share of their first k features that a random row of another user does not name; 0 for empty rows."""

    name, group, key = "diversity", "diversity", "users"
    needs = frozenset({"explanations"})

    def values(self, given: MetricInput) -> Values:
        """One value a row; none where there is only one user."""
        assert given.explanations is not None
        found = difference_between_users(given.explanations, given.k)
        return Values(given.explanations.users[: len(found)], found)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Stability, sanity, diversity."""
    return [StabilityNoise, StabilitySeeds, Sanity, Diversity]
