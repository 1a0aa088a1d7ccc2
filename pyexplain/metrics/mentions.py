"""What training reviews say of features of items, counted from the data set's mentions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.types import Dataset
from .base import MetricInput
from .printed import UNKNOWN, Lines

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
COMPLAINS = "complain"  # the word that tells a count of complaints from one of praise


class ReviewCounts(NamedTuple):
    """Of n (item, feature): training reviews that praise, complain and mention [n] each, a review being on the side of the mean of
    its mentions; mean sentiment [n] of the mentions, 0 where there is none."""

    praise: Int
    complain: Int
    mention: Int
    sentiment: npt.NDArray[np.float64]


def review_counts(data: Dataset, items: Int, features: Int) -> ReviewCounts:
    """Counted for the (item, feature) [n] asked about."""
    asked = pd.DataFrame({"item": items, "feature": features, "row": np.arange(len(items))})
    rows = asked.merge(data.evidence[["user", "item", "feature", "sentiment"]], on=["item", "feature"])
    sentiment = rows.groupby("row")["sentiment"].mean().reindex(asked["row"]).fillna(0.0)
    side = np.sign(rows.groupby(["row", "user"])["sentiment"].mean())
    counts = [side[chosen].groupby("row").size().reindex(asked["row"]).fillna(0) for chosen in (side > 0, side < 0, side > -2)]
    praise, complain, mention = (count.to_numpy(dtype=np.int64) for count in counts)
    return ReviewCounts(praise, complain, mention, sentiment.to_numpy(dtype=np.float64))


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
        item, user = (int(names.numbers([str(quote.get(key))])[0]) for names, key in ((data.items, "item"), (data.users, "user")))
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
