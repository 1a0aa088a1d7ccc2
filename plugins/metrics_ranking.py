"""Metrics of ranking: how high the held-out positives stand. Of users with a positive, all count; ties count against the method."""

from __future__ import annotations

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, find_hits


class RankingMetric(Metric):
    """Common to all: higher is better, in 0..1, from a ranking."""

    group = "ranking"
    direction = "higher"
    needs = frozenset({"ranking"})


class Precision(RankingMetric):
    """Positives among the first k items, divided by k; mean over users."""

    name, key = "ranking-precision", "precision"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.precision(given.k))


class Recall(RankingMetric):
    """Positives among the first k items, divided by the user's number of held-out positives; mean over users."""

    name, key = "ranking-recall", "recall"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.recall(given.k))


class F1(RankingMetric):
    """2 precision recall / (precision + recall) of each user; mean over users."""

    name, key = "ranking-f1", "f1"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.f1(given.k))


class Hit(RankingMetric):
    """Share of users with a positive among the first k items."""

    name, key = "ranking-hit", "hit"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.hit(given.k))


class NDCG(RankingMetric):
    """sum over places p <= k of [positive at p] / log2(p + 1), over the same sum with all positives first; mean over users."""

    name, key, headline = "ranking-ndcg", "ndcg", True
    reference = "Jaervelin and Kekaelaeinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002 (binary gains)"

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.ndcg(given.k))


class MRR1(RankingMetric):
    """Share of users whose first item is a positive."""

    name, key, fixed_k = "ranking-mrr-1", "mrr", 1

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.mrr(1))


class MRR10(RankingMetric):
    """1 / place of the first positive, 0 where none is among the first 10; mean over users."""

    name, key, fixed_k = "ranking-mrr-10", "mrr", 10

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        found = given.once(find_hits)
        return Values(found.users, found.mrr(10))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The ranking metrics."""
    return [Precision, Recall, F1, Hit, NDCG, MRR1, MRR10]
