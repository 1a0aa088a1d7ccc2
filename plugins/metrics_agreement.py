"""Metrics of agreement with text: do the first features of an explanation occur in what the person wrote? Paper, eq. (10)."""

from __future__ import annotations

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Hits, Metric, MetricInput, Values, in_rows, named_features, true_features


def find_agreement(given: MetricInput) -> Hits:
    """Hits of the named words. Rows without a ground truth cannot be judged; rows that name nothing are, with no hit. Features of
    other kinds are left out: no text can say whether they are right.

    Among equal weights a true feature comes last. Features of weight 0 or less are not named, so no fallback order scores.
    """
    assert given.explanations is not None
    explained, k = given.explanations, given.k
    truth = true_features(given.data, explained.users, explained.items)
    words = explained.weights.where(given.data.features.are("word")[explained.weights.indices])
    named = named_features(words, k, last_of_equals=truth)
    hits = np.zeros((len(explained), k), dtype=bool)
    hits[named.rows, named.places] = in_rows(truth, named.rows, named.features)
    true = np.diff(truth.offsets)
    judged = true > 0
    return Hits(explained.users[judged], hits[judged], true[judged])


class AgreementMetric(Metric):
    """Common to all: higher is better, in 0..1, from explanations of pairs or of users."""

    group = "agreement"
    direction = "higher"
    needs = frozenset({"explanations"})
    reference = "eq. (10) of the paper"


class AgreementPrecision(AgreementMetric):
    """True features among the first k, divided by k (a short explanation is not rewarded); mean over rows with a ground truth."""

    name, key = "agreement-precision", "precision"

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        found = given.once(find_agreement)
        return Values(found.users, found.precision(given.k))


class AgreementRecall(AgreementMetric):
    """True features among the first k, divided by the number of true ones; mean over rows with a ground truth."""

    name, key = "agreement-recall", "recall"

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        found = given.once(find_agreement)
        return Values(found.users, found.recall(given.k))


class AgreementF1(AgreementMetric):
    """2 precision recall / (precision + recall) of each row; mean over rows with a ground truth."""

    name, key, headline = "agreement-f1", "f1", True

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        found = given.once(find_agreement)
        return Values(found.users, found.f1(given.k))


class AgreementNDCG(AgreementMetric):
    """sum over places p <= k of [true at p] / log2(p + 1), over the same with all true ones first; mean over rows with a truth."""

    name, key, headline = "agreement-ndcg", "ndcg", True

    def values(self, given: MetricInput) -> Values:
        """One value a row."""
        found = given.once(find_agreement)
        return Values(found.users, found.ndcg(given.k))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The agreement metrics."""
    return [AgreementPrecision, AgreementRecall, AgreementF1, AgreementNDCG]
