"""Metrics of LXR, as "Refining Fidelity Metrics" has them: the few features that weigh most, taken away or put in one by one.

Of pairs whose item is among the first k of the whole catalogue, of users with features; features are taken away whole, and a
profile with fewer than five keeps its last value. The papers' scores are probabilities: here the logistic function makes them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Float, Metric, MetricInput, Steps, Values, find_alone, find_from_top

FEW = 5  # features, at most
REFINED = "Baklanov et al., Refining Fidelity Metrics for Explainable Recommendations, SIGIR 2025; Barkan et al., LXR, WWW 2024"


class FewMetric(Metric):
    """Common to the four of SIGIR 2025: a mean over taking away, or putting in, the 1, 2, ... 5 features that weigh most."""

    group = "removal"
    sample = "top"
    direction: ClassVar[Literal["higher", "lower"]] = "lower"
    needs = frozenset({"explanations", "catalogue"})
    at_k = False
    reference = REFINED

    def over_few(self, found: Steps, values: Float) -> Values:
        """The mean of a table [n, S + 1] over steps 1 to 5, for pairs."""
        last = np.minimum(np.arange(1, FEW + 1), values.shape[1] - 1)
        mean, pairs = values[:, last].mean(axis=1), found.removable.items >= 0
        return Values(found.removable.users[pairs], mean[pairs])


class Pos(FewMetric):
    """Mean over e = 1 to 5 of "i is still among the first k without the e features that weigh most"."""

    name, key = "pos", "pos"
    at_k = True

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair."""
        found = given.once(find_from_top)
        return self.over_few(found, (found.outcome.place <= given.k).astype(float))


class CDCG(FewMetric):
    """Mean over e = 1 to 5 of 1 / log2(1 + place of i without the e features that weigh most), in the whole catalogue."""

    name, key = "cdcg", "cdcg"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair."""
        found = given.once(find_from_top)
        return self.over_few(found, 1 / np.log2(1 + np.maximum(found.outcome.place, 1)))


class Deleted(FewMetric):
    """Mean over e = 1 to 5 of s(score of i without the e features that weigh most) / s(score of i), at most 1; s the logistic
    function, which makes a probability of a score."""

    name, key = "del", "del"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair."""
        found = given.once(find_from_top)
        return self.over_few(found, _shares(found.outcome.score, found.outcome.score[:, :1]))


class Inserted(FewMetric):
    """Mean over e = 1 to 5 of s(score of i with the e features that weigh most alone) / s(score of i), at most 1."""

    name, key = "ins", "ins"
    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair."""
        found = given.once(find_alone)
        return self.over_few(found, _shares(found.outcome.score, given.once(find_from_top).outcome.score[:, :1]))


def _shares(now: Float, before: Float) -> Float:
    """s(now) / s(before), at most 1: exp of the difference of log s, where neither can be 0."""
    found: Float = np.exp(np.minimum(np.logaddexp(0, -before) - np.logaddexp(0, -now), 0))
    return found


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The four."""
    return [Pos, Deleted, Inserted, CDCG]
