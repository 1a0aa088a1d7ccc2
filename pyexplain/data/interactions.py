"""One row a (user, item): the latest review counts, the others are duplicates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def latest_only(interactions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows (user, item, time, ...) with the latest of each (user, item) kept, in the order they came; how many were dropped.

    Among rows of one time, and where no time is known, the last that was read is the latest.
    """
    time = interactions["time"].to_numpy()
    order = np.argsort(time, kind="stable")
    again = interactions[["user", "item"]].iloc[order].duplicated(keep="last").to_numpy()
    if not again.any():
        return interactions.reset_index(drop=True), 0
    kept = np.sort(order[~again])
    return interactions.iloc[kept].reset_index(drop=True), int(again.sum())


def numbered(names: pd.Series) -> npt.NDArray[np.integer]:
    """A number [n] from 0 on in place of each different name."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        return names.cat.codes.to_numpy()
    return pd.factorize(names)[0]
