"""Metrics of faithfulness: does the score depend on what the explanation names? No text is needed.

Only what a profile contains can be taken away from it, and the profiles are short. So the steps of a curve are the features of
the profile (k at most), in the order of the explanation's weights; features that the explanation does not name are not moved.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, find_curves

LENGTHS = (1, 2, 3)  # features: profiles hold three to five


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


class CurvePoint(CurveMetric):
    """Common to single points of a curve: as many features as fixed_k, or all of a profile that has fewer."""

    group = "fidelity"
    at_k = True
    fixed_k: ClassVar[int]

    def point(self, given: MetricInput, curve: str) -> Values:
        """The curve after that many features, of each pair; where lists are shorter than that (k), after k."""
        found = given.once(find_curves)
        table = getattr(found, curve)
        last = np.minimum(min(self.fixed_k, table.shape[1]), found.steps) - 1
        return Values(found.users, np.take_along_axis(table, last[:, None], axis=1)[:, 0] if len(last) else np.zeros(0))


class DeletionAt(CurvePoint):
    """clip(lead_k / lead_0, 0, 1) after the k features of the profile that weigh most were set to 0; unnamed features stay."""

    key, direction = "deletion", "lower"

    def values(self, given: MetricInput) -> Values:
        """What is left of the lead of each pair."""
        return self.point(given, "deletion")


class InsertionAt(CurvePoint):
    """clip(lead_k / lead_0, 0, 1) when the profile holds only the k features that weigh most."""

    key, direction = "insertion", "higher"

    def values(self, given: MetricInput) -> Values:
        """What there is of the lead of each pair."""
        return self.point(given, "insertion")


def at_length(base: type[CurvePoint], k: int) -> type[Metric]:
    """The metric of k features."""
    facts = {"name": f"{base.key}-{k}", "fixed_k": k, "__doc__": base.__doc__, "__module__": __name__}
    return type(f"{base.__name__}{k}", (base,), facts)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The areas under both curves, and both after 1, 2 and 3 features."""
    return [Deletion, Insertion, *(at_length(base, k) for base in (DeletionAt, InsertionAt) for k in LENGTHS)]
