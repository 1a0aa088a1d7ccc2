"""The ground truth of explanations: the features that held-out reviews speak of (or, under `paper`, the published table)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.types import NO_ITEM

Int = npt.NDArray[np.int64]


def true_features(data: Dataset, users: Int, items: Int) -> SparseRows:
    """Rows of ones [n, P]: the features of the held-out review of (user, item), or of all of the user's where item is -1.

    Empty where nothing is held out. Under the `paper` protocol no item is known, so only rows with item -1 can have a truth.
    """
    table = data.heldout
    user, item, feature = (table[column].to_numpy(dtype=np.int64) for column in ("user", "item", "feature"))
    known = item != NO_ITEM
    width = data.n_items + 1
    # one row of truth for each user as a whole, and one for each (user, item)
    units = np.concatenate([user * width, user[known] * width + item[known] + 1])
    features = np.concatenate([feature, feature[known]])
    cells = np.unique(np.stack([units, features], axis=1), axis=0) if len(units) else np.zeros((0, 2), np.int64)
    distinct, starts = np.unique(cells[:, 0], return_index=True)
    offsets = np.concatenate([starts, [len(cells), len(cells)]]).astype(np.int64)  # the last row is empty
    table_rows = SparseRows(offsets, cells[:, 1], np.ones(len(cells), np.float32), data.n_features)
    asked = users * width + np.where(items == NO_ITEM, 0, items + 1)
    place = np.searchsorted(distinct, asked)
    found = place < len(distinct)
    found[found] = distinct[place[found]] == asked[found]
    return table_rows.select(np.where(found, place, len(distinct)))


def judgeable_pairs(data: Dataset) -> Int:
    """The (user, item) pairs [n, 2] whose held-out review names features; none under `paper`."""
    table = data.heldout[data.heldout["item"] != NO_ITEM]
    if table.empty:
        return np.zeros((0, 2), dtype=np.int64)
    return np.unique(table[["user", "item"]].to_numpy(dtype=np.int64), axis=0)


def judgeable_users(data: Dataset) -> Int:
    """The users [n] with a ground truth."""
    return np.unique(data.heldout["user"].to_numpy(dtype=np.int64))
