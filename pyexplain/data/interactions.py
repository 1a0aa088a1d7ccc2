"""One row a (user, item): the latest review counts, the others are duplicates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def latest_only(interactions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows (user, item, time, ...) with the latest of each (user, item) kept, in the order they came; how many were dropped.

    Among rows of one time, and where no time is known, the last that was read is the latest.
    """
    user, item = (numbered(interactions[name]).astype(np.int64) for name in ("user", "item"))
    pair = user * (int(item.max(initial=0)) + 1) + item
    del user, item
    order = np.lexsort((interactions["time"].to_numpy(), pair))  # stable: of one time, the last that was read is the last
    pair = pair[order]
    last = np.append(pair[1:] != pair[:-1], True)[: len(pair)]
    if last.all():
        return interactions.reset_index(drop=True), 0
    return interactions.iloc[np.sort(order[last])].reset_index(drop=True), int((~last).sum())


def numbered(names: pd.Series) -> npt.NDArray[np.integer]:
    """A number [n] from 0 on in place of each different name."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        return names.cat.codes.to_numpy()
    return pd.factorize(names)[0]
