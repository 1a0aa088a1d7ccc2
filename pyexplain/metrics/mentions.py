"""What training reviews say of features of items, counted from the data set's mentions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.types import Dataset

Int = npt.NDArray[np.int64]


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
