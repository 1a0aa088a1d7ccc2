"""NDCG by how much is known of users: by their training pairs, and by the features they mention."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, find_hits

QUARTERS = 4


class GroupNDCG(Metric):
    """NDCG@k of the users of one quarter, as in the ranking; mean over them.

    Users with held-out positives are ordered by how much is known of them and cut at the quartiles: q1 are those with no more than
    the first quartile, q4 those with more than the third. Users of whom equally much is known are of one quarter, so quarters may
    be of unequal size, and where many have the same number some are empty: nothing to measure there.
    """

    direction = "higher"
    needs = frozenset({"ranking", "recommended"})
    of_a_group = True
    quarter: ClassVar[int]
    reference = "Jaervelin and Kekaelaeinen, TOIS 2002; groups by activity as in Abdollahpouri et al., RecSys 2020"

    @abstractmethod
    def known(self, given: MetricInput) -> npt.NDArray[np.int64]:
        """How much is known of each user [U]."""

    def values(self, given: MetricInput) -> Values:
        """One value a user of the quarter."""
        found = given.once(find_hits)
        known = self.known(given)[found.users]
        mine = quarters(known) == self.quarter
        return Values(found.users[mine], found.ndcg(given.k)[mine])


class ByPairs(GroupNDCG):
    """Known of a user: the items that they like in training."""

    group = "ndcg_by_pairs"

    def known(self, given: MetricInput) -> npt.NDArray[np.int64]:
        """Training pairs of each user."""
        return np.bincount(given.data.train[:, 0], minlength=given.data.n_users).astype(np.int64)


class ByFeatures(GroupNDCG):
    """Known of a user: the features that they mention in training, the entries of f_u."""

    group = "ndcg_by_features"

    def known(self, given: MetricInput) -> npt.NDArray[np.int64]:
        """Features of each user."""
        return given.data.user_features.counts.astype(np.int64)


def quarters(known: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The quarter 1..4 of each user, from how much is known of them [n]."""
    if not len(known):
        return np.zeros(0, np.int64)
    edges = np.quantile(known, np.arange(1, QUARTERS) / QUARTERS, method="inverted_cdf")
    found: npt.NDArray[np.int64] = 1 + np.searchsorted(edges, known, side="left").astype(np.int64)
    return found


def _metrics() -> list[type[Metric]]:
    """Both, for each quarter."""
    made: list[type[Metric]] = []
    for base, what in ((ByPairs, "pairs"), (ByFeatures, "features")):
        for quarter in range(1, QUARTERS + 1):
            facts = {
                "name": f"ndcg-by-{what}-q{quarter}",
                "key": f"{what}_q{quarter}",
                "quarter": quarter,
                "__doc__": GroupNDCG.__doc__,
            }
            made.append(type(f"{base.__name__}Q{quarter}", (base,), {**facts, "__module__": __name__}))
    return made


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """NDCG of each quarter of users, by pairs and by features."""
    return _metrics()
