"""What the kinds of features carry: words, attributes, history. How much of the lead is lost without one, how often a change
touches it. These describe a recommender and its explanations; there is no merit in more or less."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import Changed, Metric, MetricInput, Values, find_asked, join

KINDS = ("word", "attribute", "history")
LEAST_CHANGE = 1e-6


class KindMetric(Metric):
    """Common to all. A pair is judged where the profile has features of the kind; in a data set of one kind none is."""

    group = "kinds"
    sample = "top"
    at_k = False
    beside_controls = False
    of_a_group = True
    kind: ClassVar[str]

    def columns(self, given: MetricInput) -> npt.NDArray[np.bool_]:
        """Which features [P] are of this kind; none in a data set of one kind alone, where there is nothing to tell apart."""
        features = given.data.features
        several = sum(features.are(kind).any() for kind in KINDS) > 1
        return np.asarray(features.are(self.kind)) & several


class LeadOf(KindMetric):
    """clip(1 - lead_k / lead, 0, 1), where lead = score(i) - score(j) and lead_k is what is left of it with all features of that
    kind taken away from the profile. It asks the recommender alone; the shares of three kinds need not add up to 1."""

    direction = "higher"
    needs = frozenset({"explanations", "against", "scores"})

    def values(self, given: MetricInput) -> Values:
        """What each pair's lead loses."""
        assert given.scores is not None
        asked, columns = given.once(find_asked), self.columns(given)
        profile = asked.profile
        able = np.flatnonzero(np.diff(profile.where(columns[profile.indices]).offsets) > 0)
        kept = profile.select(able)
        rows = SparseRows(kept.offsets, kept.indices, np.where(columns[kept.indices], 0, kept.values), kept.n_columns)
        left = asked.margins(given.scores, able, rows) / asked.lead[able]
        return Values(asked.users[able], np.clip(1 - left, 0, 1).astype(np.float64))


class ChangedOf(KindMetric):
    """The share of the changed features that are of the kind; of pairs whose change touches anything."""

    direction = "higher"
    needs = frozenset({"explanations", "against", "scores", "change"})

    def values(self, given: MetricInput) -> Values:
        """The share in each change."""
        changed, users = given.once(find_changes)
        touched = np.abs(changed.difference) > LEAST_CHANGE
        size = changed.per_row(touched)
        ours = changed.per_row(touched & self.columns(given)[changed.after.indices])
        able = (size > 0) & self.columns(given).any()
        return Values(users[able], ours[able] / size[able])


def find_changes(given: MetricInput) -> tuple[Changed, npt.NDArray[np.int64]]:
    """Profiles and changes of the questions [n], and their users [n]."""
    asked = given.once(find_asked)
    assert given.explanations is not None
    assert given.explanations.change is not None
    return join(asked.profile, given.explanations.change.select(asked.rows)), asked.users


def of_kind(base: type[KindMetric], start: str, kind: str) -> type[Metric]:
    """The metric of one kind."""
    facts = {"name": f"{start}-{kind}", "key": f"{start}_{kind}", "kind": kind, "__doc__": base.__doc__, "__module__": __name__}
    return type(f"{base.__name__}{kind.title()}", (base,), facts)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Both for each kind."""
    return [of_kind(base, start, kind) for base, start in ((LeadOf, "lead"), (ChangedOf, "changed")) for kind in KINDS]
