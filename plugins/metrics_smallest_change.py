"""How little of a user's own features has to change before the first item and the next change places: a distribution."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from pyexplain import hookimpl
from pyexplain.metrics import Metric, MetricInput, Values

QUANTILES = {"q10": 0.1, "median": 0.5, "q90": 0.9}


class SmallestChange(Metric):
    """Common to all: the length of the smallest change of a user's own features, in units of f_u, that turns the order of the first
    item of the catalogue and the next; of the values of all users, a quantile. Where nothing turns it, the longest change that
    could be made."""

    group = "smallest_change"
    direction = "higher"
    range = (0.0, 1e6)
    needs = frozenset({"ranking", "turned"})
    at_k = False
    beside_controls = False
    norm: ClassVar[str]
    share: ClassVar[float]

    def values(self, given: MetricInput) -> Values:
        """One value a user."""
        assert given.turned is not None
        return Values(given.turned.users, getattr(given.turned, self.norm))

    def summary(self, values: Values) -> float:
        """The quantile."""
        return float(np.quantile(values.values, self.share))


def _metrics() -> list[type[Metric]]:
    """Three quantiles of either length."""
    made: list[type[Metric]] = []
    for norm in ("l2", "l1"):
        for quantile, share in QUANTILES.items():
            named = {"name": f"smallest-{norm}-{quantile}", "key": f"{norm}-{quantile}", "norm": norm, "share": share}
            facts = {**named, "__doc__": SmallestChange.__doc__, "__module__": __name__}
            made.append(type(f"Smallest{norm.upper()}{quantile.title()}", (SmallestChange,), facts))
    return made


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Three quantiles of the smallest L2 and L1 changes."""
    return _metrics()
