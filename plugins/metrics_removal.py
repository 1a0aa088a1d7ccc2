"""Metrics of taking features away whole, as the field's benchmark has them: does the item leave, does the list change, how soon?

An explanation of a pair asks about its item in the first k of the whole catalogue; one of a user as a whole (level list) about all
of the first k. Left out: users without features, and items that are not among the first k as it is. Of the side of items nothing is
asked.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.metrics import (
    Float,
    Metric,
    MetricInput,
    Steps,
    Values,
    find_from_end,
    find_from_top,
    find_named_sets,
    find_removable,
)

Int = npt.NDArray[np.int64]
STEPS = 10  # of POS-P and NEG-P
LENGTHS = (1, 2, 3)
BENCHMARK = "From Top-1 to Top-K: Counterfactual Explanations for Recommender Systems, SIGIR 2026 (arXiv 2604.19663)"


class RemovalMetric(Metric):
    """Common to all: for pairs whose item is among the first k of the whole catalogue, and for users' lists."""

    group = "removal"
    sample = "top"
    direction: ClassVar[Literal["higher", "lower"]] = "lower"
    needs = frozenset({"explanations", "catalogue"})
    at_k = False
    reference = BENCHMARK


class PNS(RemovalMetric):
    """Share of pairs whose item is not among the first k once the named set is taken away; of a list, the share of it that is
    replaced. The set: what falls in the change, or the shortest beginning of the order that does it."""

    name, key = "pn-s", "pn_s"
    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair, the share a list; 0 where the set does not do it."""
        found, (outcome, _) = given.once(find_removable), given.once(find_named_sets)
        return Values(found.users, np.where(found.items >= 0, outcome.place > given.k, 1 - outcome.kept).astype(float))


class PNR(RemovalMetric):
    """The items that are new among the first k once the named set is taken away, each weighed by 1 / log2(place + 1), over the sum
    of these weights for places 1 to k."""

    name, key = "pn-r", "pn_r"
    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair or list."""
        return Values(given.once(find_removable).users, given.once(find_named_sets)[0].new)


class Size(RemovalMetric):
    """How many features the named set of PN-S takes away; all of the profile where the set does not do it."""

    name, key = "removal-size", "size"
    range = (0.0, np.inf)

    def values(self, given: MetricInput) -> Values:
        """A number a pair or list."""
        found, (outcome, size) = given.once(find_removable), given.once(find_named_sets)
        done = np.where(found.items >= 0, outcome.place > given.k, outcome.kept < 1)
        return Values(found.users, np.where(done, size, found.sizes).astype(float))


class PNSOf(RemovalMetric):
    """PN-S of the features that weigh most, a fixed number of them (all of a shorter profile), whatever the named set is."""

    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair, the share replaced a list."""
        found, outcome = given.once(find_removable), given.once(find_from_top)
        place, kept = (_after(table, outcome, self.fixed_k or 1) for table in (outcome.outcome.place, outcome.outcome.kept))
        return Values(found.users, np.where(found.items >= 0, place > given.k, 1 - kept).astype(float))


class PNROf(RemovalMetric):
    """PN-R of the features that weigh most, a fixed number of them (all of a shorter profile), whatever the named set is."""

    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair or list."""
        found = given.once(find_from_top)
        return Values(found.removable.users, _after(found.outcome.new, found, self.fixed_k or 1))


class PosP(RemovalMetric):
    """Mean over ten steps of "i is still among the first k" (of a list: of the share that is still there), the features that weigh
    most taken away first; the n features are cut into ten parts of n // 10, the first n % 10 of them one larger."""

    name, key = "pos-p", "pos_p"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair or list."""
        return _over_steps(given, given.once(find_from_top))


class NegP(RemovalMetric):
    """The same with the features that weigh least taken away first: what is said not to matter should not."""

    name, key = "neg-p", "neg_p"
    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair or list."""
        return _over_steps(given, given.once(find_from_end))


class Gini(RemovalMetric):
    """Gini index of the weights of the profile's n features, scaled to 0..1 by the least and the largest, in ascending order:
    1 - 2 sum over m = 1..n of (w_m / sum of w) (n - m + 1/2) / n; 0 where all weigh the same."""

    name, key = "gini", "gini"
    direction = "higher"

    def values(self, given: MetricInput) -> Values:
        """0..1 a pair or list."""
        found = given.once(find_removable)
        assert given.explanations is not None
        weights = given.explanations.weights
        users, out = found.users, np.zeros(len(found.rows))
        for n, row in enumerate(found.rows.tolist()):
            own, (columns, values) = found.profile.row(n)[0], weights.row(row)
            mine = np.zeros(len(own))
            inside = np.isin(own, columns)
            mine[inside] = values[np.searchsorted(columns, own[inside])]
            out[n] = gini(mine)
        return Values(users, out)


def gini(weights: Float) -> float:
    """Of weights [n]."""
    spread = np.ptp(weights)
    if spread == 0:
        return 0.0
    scaled, n = np.sort((weights - weights.min()) / spread), len(weights)
    return float(1 - 2 * (scaled / scaled.sum() * (n - np.arange(n) - 0.5) / n).sum())


def _after(table: Float | Int, found: Steps, count: int) -> Float:
    """Of each row of a table [n, S + 1] what stands after `count` steps, or the last."""
    return np.asarray(table[:, min(count, table.shape[1] - 1)], dtype=np.float64)


def _over_steps(given: MetricInput, found: Steps) -> Values:
    n = found.removable.sizes
    counts = (n // STEPS)[:, None] * np.arange(1, STEPS + 1) + np.minimum(np.arange(1, STEPS + 1), (n % STEPS)[:, None])
    there = found.outcome.at(np.zeros(0, np.int64)) if not len(n) else found.outcome
    place, kept = (np.take_along_axis(one, counts, axis=1) for one in (there.place, there.kept))
    pairs = found.removable.items[:, None] >= 0
    return Values(found.removable.users, np.where(pairs, place <= given.k, kept).mean(axis=1))


def of_length(base: type[Metric], of: type[RemovalMetric], length: int) -> type[Metric]:
    """The metric of that many features; the length of the lists stays k."""
    facts: dict[str, object] = {
        "name": f"{of.name}-{length}",
        "key": of.key,
        "fixed_k": length,
        "at_k": True,
        "__doc__": base.__doc__,
        "__module__": __name__,
    }
    return type(f"{base.__name__}{length}", (base,), facts)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Those of the benchmark."""
    fixed = [of_length(base, of, length) for base, of in ((PNSOf, PNS), (PNROf, PNR)) for length in LENGTHS]
    return [PNS, PNR, Size, *fixed, PosP, NegP, Gini]
