"""Catalogue coverage: how much of the catalogue anybody is recommended."""

from __future__ import annotations

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values, first_items


class CatalogueCoverage(Metric):
    """Items that stand among the first k of at least one user, over all items of the catalogue.

    Of the whole catalogue's ranking, as all lists of this group. The value of a user is the share that their own list covers, the
    figure that of all lists together; it grows with the number of users.
    """

    name, group, key = "catalogue-coverage", "beyond_accuracy", "coverage"
    direction = "higher"
    needs = frozenset({"ranking", "recommended"})
    beside_controls = False
    reference = "Ge, Delgado-Battenfeld and Jannach, Beyond accuracy: evaluating recommender systems by coverage, RecSys 2010, 3.1"

    def values(self, given: MetricInput) -> Values:
        """One value a user; the parts are their items, and the size of the catalogue."""
        assert given.recommended is not None
        items, size = first_items(given.recommended, given.k), given.data.n_items
        own = (items >= 0).sum(axis=1) / max(1, size)
        parts = np.column_stack([items, np.full(len(items), size)]).astype(np.float64)
        return Values(given.recommended.users, own, parts)

    def summary(self, values: Values) -> float:
        """The share that all lists cover together."""
        assert values.parts is not None
        items = np.unique(values.parts[:, :-1])
        return float((items >= 0).sum() / values.parts[0, -1])


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The metric."""
    return [CatalogueCoverage]
