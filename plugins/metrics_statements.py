"""The metric of what is said to people: the share of printed statements that hold, by kind, and how many items have a reason."""

from __future__ import annotations

import numpy as np

from pyexplain import Metric, MetricInput, Values, find_statements, hookimpl


class StatementMetric(Metric):
    """Common to all: from the JSON documents that are printed, the model asked again and the mentions of training reviews."""

    group = "statements"
    direction = "higher"
    needs = frozenset({"explanations", "scores", "said"})
    at_k = False
    sample = "top"
    beside_controls = False  # what is printed of a control is checked like anybody's


class KindMetric(StatementMetric):
    """Of one kind."""

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a statement."""
        return Values(*given.once(find_statements).of(self.key))


class ReasonStatements(KindMetric):
    """Share of reasons that hold: f_u[F] > 0, f_i[F] > 0, the mean sentiment of the item's mentions of F is positive, F adds to the
    margin (integrated gradients from "no features"), and the margin falls without F."""

    name, key = "statements-reason", "reason"


class ContrastStatements(KindMetric):
    """Share of contrasts that hold: the item scores above the other, with nothing that the user has not liked between them."""

    name, key = "statements-contrast", "contrast"


class FlipStatements(KindMetric):
    """Share of flips that hold: with the change, from the values that are there to values within 0..T, the other scores above the
    item, which is ahead without it."""

    name, key = "statements-flip", "flip"


class ReplacementStatements(KindMetric):
    """Share of replacements that hold: with the change the other stands at the item's old place in the catalogue or higher."""

    name, key = "statements-replacement", "replacement"


class LeavingStatements(KindMetric):
    """Share of leavings that hold: the item is among the first K of the catalogue, and with the change it is not."""

    name, key = "statements-leaving", "leaving"


class EvidenceStatements(KindMetric):
    """Share of quotes that hold: a whole sentence of a training review, of the item or by the user, a positive mention of F."""

    name, key = "statements-evidence", "evidence"


class SizeStatements(KindMetric):
    """Share of counts that hold: k of n training reviews of the item that mention F praise it (or complain about it)."""

    name, key = "statements-size", "size"


class Coverage(StatementMetric):
    """Share of top items with at least one reason that holds, of users with features."""

    name, key = "statements-coverage", "coverage"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 an item."""
        assert given.explanations is not None
        found = given.once(find_statements)
        users = given.explanations.users
        known = np.diff(given.data.user_features.offsets)[users] > 0
        covered = np.isin(np.arange(len(users)), found.with_reason)
        return Values(users[known], covered[known].astype(np.float64))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """A share for each kind of statement, and the coverage."""
    return [
        ReasonStatements,
        ContrastStatements,
        FlipStatements,
        ReplacementStatements,
        LeavingStatements,
        EvidenceStatements,
        SizeStatements,
        Coverage,
    ]
