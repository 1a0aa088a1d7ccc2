"""Novelty: how unlikely it is that a user knows the recommended items already."""

from __future__ import annotations

import math

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, first_items, item_popularity


class Novelty(Metric):
    """Mean of -log2 p(i) over the first k items, p(i) the share of users who like i in training; mean over users. In bits.

    An item that nobody likes in training counts as if one user did, so that the figure is finite; 0 for a user without a list.
    """

    name, group, key = "novelty", "beyond_accuracy", "novelty"
    direction = "higher"
    range = (0.0, math.inf)
    needs = frozenset({"ranking", "recommended"})
    beside_controls = False
    reference = (
        "Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 2010 (self-information); "
        "Vargas and Castells, Rank and relevance in novelty and diversity metrics, RecSys 2011"
    )

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        assert given.recommended is not None
        items = first_items(given.recommended, given.k)
        least = 1 / max(1, given.data.n_users)
        bits = -np.log2(np.maximum(item_popularity(given.data), least))
        there = items >= 0
        mean = np.where(there, bits[items], 0).sum(axis=1) / np.maximum(1, there.sum(axis=1))
        return Values(given.recommended.users, mean)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The metric."""
    return [Novelty]
