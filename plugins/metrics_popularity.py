"""Popularity bias: how popular the recommended items are, by themselves and beside what a user likes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, first_items, item_popularity


class PopularityMetric(Metric):
    """Common to all. Popularity of an item: the share of users who like it in training. The control by popularity does worst here,
    and random order well, so there is no merit in beating them."""

    group = "beyond_accuracy"
    direction = "lower"
    needs = frozenset({"ranking", "recommended"})
    beside_controls = False

    def of_lists(self, given: MetricInput) -> npt.NDArray[np.float64]:
        """Mean popularity of the first k items of each user; 0 without a list."""
        assert given.recommended is not None
        items = first_items(given.recommended, given.k)
        there, popularity = items >= 0, item_popularity(given.data)
        mean: npt.NDArray[np.float64] = np.where(there, popularity[items], 0).sum(axis=1) / np.maximum(1, there.sum(axis=1))
        return mean


class AveragePopularity(PopularityMetric):
    """Mean popularity of the first k items; mean over users (ARP, here as a share of users instead of a count)."""

    name, key = "average-popularity", "popularity"
    reference = "Yin et al., Challenging the long tail recommendation, VLDB 2012"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        assert given.recommended is not None
        return Values(given.recommended.users, self.of_lists(given))


class PopularityLift(PopularityMetric):
    """(GAP of lists - GAP of profiles) / GAP of profiles, where a GAP is the mean over users of the mean popularity of their first
    k items, and of the items that they like in training. 0: recommendations are as popular as what people like; users who like
    nothing in training are left out. The value of a user is the difference of the two means."""

    name, key = "popularity-lift", "popularity_lift"
    range = (-1.0, math.inf)
    reference = "Abdollahpouri et al., The connection between popularity bias, calibration, and fairness, RecSys 2020"

    def values(self, given: MetricInput) -> Values:
        """One value a user; the parts are both means."""
        assert given.recommended is not None
        users, liked = given.recommended.users, given.data.train
        popularity, n = item_popularity(given.data), given.data.n_users
        counts = np.bincount(liked[:, 0], minlength=n)
        profiles = np.bincount(liked[:, 0], weights=popularity[liked[:, 1]], minlength=n) / np.maximum(1, counts)
        kept = counts[users] > 0
        parts = np.column_stack([self.of_lists(given), profiles[users]])[kept]
        return Values(users[kept], parts[:, 0] - parts[:, 1], parts)

    def summary(self, values: Values) -> float:
        """From the means over users."""
        assert values.parts is not None
        lists, profiles = values.parts.mean(axis=0)
        return float(lists / profiles - 1)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Both."""
    return [AveragePopularity, PopularityLift]
