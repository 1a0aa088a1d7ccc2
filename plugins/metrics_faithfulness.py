"""Metrics of faithfulness: does the score depend on what the explanation names? No text is needed."""

from __future__ import annotations

import numpy as np

from pyexplain import Metric, MetricInput, Values, find_curves, find_necessity, hookimpl


class CurveMetric(Metric):
    """Common to both curves: from weights and scores, for pairs where the model puts i above j and the profile is not empty."""

    group = "faithfulness"
    sample = "top"
    needs = frozenset({"explanations", "against", "scores"})
    at_k = False
    reference = "Petsiuk, Das and Saenko, RISE, BMVC 2018; Barkan et al., LXR, 2024, for recommenders"


class Deletion(CurveMetric):
    """Mean over steps s of clip(lead_s / lead_0, 0, 1), where lead = score(i) - score(j) and lead_s is what is left of it after the
    s features of the profile that weigh most were set to 0. 1 - deletion is how fast the curve falls. Unnamed features stay."""

    name, key, direction, headline = "deletion", "deletion", "lower", True

    def values(self, given: MetricInput) -> Values:
        """The area under the curve of each pair."""
        found = given.once(find_curves)
        return Values(found.users, found.area(found.deletion))


class Insertion(CurveMetric):
    """Mean over steps s of clip(lead_s / lead_0, 0, 1) when the profile holds only the s features that weigh most."""

    name, key, direction = "insertion", "insertion", "higher"

    def values(self, given: MetricInput) -> Values:
        """The area under the curve of each pair."""
        found = given.once(find_curves)
        return Values(found.users, found.area(found.insertion))


class NecessityMetric(Metric):
    """Common to PN, PS and FNS: for pairs among the first k of their candidate list; at most 1,000 of them."""

    group = "faithfulness"
    sample = "top"
    direction = "higher"
    needs = frozenset({"explanations", "scores"})
    at_k = False
    reference = "Tan et al., Counterfactual Explainable Recommendation, CIKM 2021, section 5"


class PN(NecessityMetric):
    """Probability of necessity: share of recommended pairs that fall out of the first k when the named features are set to 0."""

    name, key = "pn", "pn"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_necessity)
        return Values(found.users, found.necessary)


class PS(NecessityMetric):
    """Probability of sufficiency: share of recommended pairs that stay among the first k when only the named features are kept."""

    name, key = "ps", "ps"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_necessity)
        return Values(found.users, found.sufficient)


class FNS(NecessityMetric):
    """2 PN PS / (PN + PS), of the two shares."""

    name, key = "fns", "fns"

    def values(self, given: MetricInput) -> Values:
        """1 where the features are both, 0 elsewhere; the summary is made of the two shares."""
        found = given.once(find_necessity)
        return Values(found.users, found.necessary * found.sufficient, np.stack([found.necessary, found.sufficient], axis=1))

    def summary(self, values: Values) -> float:
        """Harmonic mean of PN and PS."""
        assert values.parts is not None
        pn, ps = values.parts.mean(axis=0)
        return float(2 * pn * ps / (pn + ps)) if pn + ps > 0 else 0.0


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The faithfulness metrics."""
    return [Deletion, Insertion, PN, PS, FNS]
