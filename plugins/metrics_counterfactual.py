"""Metrics of counterfactual explanations. The model is asked again; what did not flip stays in every denominator."""

from __future__ import annotations

import math

import numpy as np

from pyexplain import Metric, MetricInput, Values, find_distances, find_irreducible, find_rescored, hookimpl


class CounterfactualMetric(Metric):
    """Common to all: from changes of features, asked again, for pairs where the model puts i above j."""

    group = "counterfactual"
    sample = "top"
    needs = frozenset({"explanations", "change", "against", "scores"})
    at_k = False


class Validity(CounterfactualMetric):
    """Share of pairs whose order really flips: score(j) > score(i) after the change, all values within 0..T."""

    name, key, direction, headline = "validity", "validity", "higher", True

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.solved.astype(np.float64))


class Coverage(CounterfactualMetric):
    """Share of pairs for which a change is named at all, right or wrong."""

    name, key, direction = "coverage", "coverage", "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.names_change.astype(np.float64))


class SizeMedian(CounterfactualMetric):
    """Median over pairs of ||delta||_0, the number of features changed; P where the order did not flip."""

    name, key, direction = "size-median", "size_median", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A count a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.sizes())

    def summary(self, values: Values) -> float:
        """The median."""
        return float(np.median(values.values))


class L1Mean(CounterfactualMetric):
    """Mean over pairs of ||delta||_1; where the order did not flip, at least ||f||_1 and the largest of those that did."""

    name, key, direction = "l1-mean", "l1_mean", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A norm a pair, in feature units."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.norms(1))


class L2Mean(CounterfactualMetric):
    """Mean over pairs of ||delta||_2; where the order did not flip, at least ||f||_2 and the largest of those that did."""

    name, key, direction = "l2-mean", "l2_mean", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A norm a pair, in feature units."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.norms(2))


class Irreducibility(CounterfactualMetric):
    """Share of pairs that flip, and no longer do when any single feature's change is undone (at most 2,000 pairs are tried)."""

    name, key, direction = "irreducibility", "irreducibility", "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        return Values(*find_irreducible(given))


class Plausibility(CounterfactualMetric):
    """Mean of min over other users v of ||f_u + delta - f_v||_2 (items where f_i is changed): how far from anybody real.

    Where the order did not flip, at least the length of the profile and the largest of those that did. At most 2,000 pairs are
    tried.
    """

    name, key, direction = "plausibility", "plausibility", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A distance a pair, in feature units."""
        return Values(*find_distances(given))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The counterfactual metrics."""
    return [Validity, Coverage, SizeMedian, L1Mean, L2Mean, Irreducibility, Plausibility]
