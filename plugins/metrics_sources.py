"""The metric of what is said of reviews: quotes and counts, looked up once more and in another way than when they were printed.

Nothing here is taken from the checks that a statement passed; the definitions are those of docs/metrics.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyexplain import Dataset, hookimpl
from pyexplain.metrics import UNKNOWN, KindMetric, Lines, Metric, MetricInput, review_counts

Bool = npt.NDArray[np.bool_]
COMPLAINS = "complain"  # the word that tells a count of complaints from one of praise


def size_holds(lines: Lines, given: MetricInput) -> Bool:
    """[k, n]: n training reviews of the item mention F, and k of them praise it, or complain about it where the text says so."""
    counts = review_counts(given.data, lines.column("item"), lines.column("feature"))
    sides = [counts.complain if COMPLAINS in line.text else counts.praise for line in lines.lines]
    wanted = [(int(side[n]), int(counts.mention[n])) for n, side in enumerate(sides)]
    return np.array([line.count == true and true[0] > 0 for line, true in zip(lines.lines, wanted, strict=True)], dtype=bool)


def quote_holds(lines: Lines, given: MetricInput) -> Bool:
    """The sentence stands, whole, in a training review of that user and item, is a mention of F there, and a positive one; it is of
    the item itself or of what the explained person wrote, as it is told."""
    data, known = given.data, _sentences(lines, given.data)
    out = []
    for line in lines.lines:
        quote = line.quote or {}
        item, user = (int(names.indices([str(quote.get(key))])[0]) for names, key in ((data.items, "item"), (data.users, "user")))
        found = known.get((user, item, line.feature, _plain(str(quote.get("sentence")))), [])
        own = user == line.user
        about = item == line.item or own
        positive = bool(found) and float(np.mean(found)) > 0 and float(quote.get("sentiment", 0)) > 0
        out.append(positive and about and own == bool(quote.get("own")) and UNKNOWN not in (item, user, line.feature))
    return np.array(out, dtype=bool)


def _sentences(lines: Lines, data: Dataset) -> dict[tuple[int, int, int, str], list[float]]:
    """(user, item, feature, sentence) -> sentiments, of the features that quotes are about."""
    frame = data.evidence[data.evidence["feature"].isin(np.unique(lines.column("feature")))]
    found: dict[tuple[int, int, int, str], list[float]] = {}
    for user, item, feature, sentence, sentiment in zip(
        *(frame[name].tolist() for name in ("user", "item", "feature", "sentence", "sentiment")), strict=True
    ):
        found.setdefault((user, item, feature, _plain(str(sentence))), []).append(float(sentiment))
    return found


def _plain(text: str) -> str:
    """Without the line breaks that a printed line cannot keep."""
    return " ".join(text.split())


class EvidenceStatements(KindMetric):
    """Share of quotes that hold: a whole sentence of a training review, of the item or by the user, a positive mention of F."""

    name, key = "statements-evidence", "evidence"
    holds = staticmethod(quote_holds)


class SizeStatements(KindMetric):
    """Share of counts that hold: k of n training reviews of the item that mention F praise it (or complain about it)."""

    name, key = "statements-size", "size"
    holds = staticmethod(size_holds)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """Quotes and counts."""
    return [EvidenceStatements, SizeStatements]
