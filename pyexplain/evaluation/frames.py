"""Rankings and explanations that another program wrote, as frames with names: one line an item, or a feature of a pair."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..data.vocabulary import Vocabulary
from ..errors import DataError
from ..explainers.types import NO_ITEM, Explanations
from ..metrics.types import Ranking

Int = npt.NDArray[np.int64]


def ranking_from_frame(frame: pd.DataFrame, data: Dataset) -> Ranking:
    """From columns user, item (names) and score, in any order, at most one line a (user, item).

    DataError where a column is missing, a name is unknown, or a line occurs twice.
    """
    _columns(frame, ("user", "item", "score"), "a ranking")
    users, items = _indices(frame["user"], data.users), _indices(frame["item"], data.items)
    _once(np.stack([users, items], axis=1), "a ranking lists an item of a user twice")
    distinct, row, counts = np.unique(users, return_inverse=True, return_counts=True)
    order = np.argsort(row, kind="stable")
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((len(distinct), int(counts.max(initial=0))), -1, dtype=np.int64)
    scores = np.zeros(table.shape, dtype=np.float32)
    table[row[order], place] = items[order]
    scores[row[order], place] = frame["score"].to_numpy(dtype=np.float32)[order]
    return Ranking(distinct, table, scores)


def explanations_from_frame(frame: pd.DataFrame, data: Dataset, method: str, side: str = "user") -> Explanations:
    """From columns user, item, feature (names) and weight; of use, too: against (a name), from and to (values of the feature).

    An empty item means "for the user as a whole"; an empty feature means that the pair names nothing. `explain --all --out`
    writes such a file. Pairs stay in the order of their first lines. DataError as above, and where a pair has two `against`.
    """
    _columns(frame, ("user", "item", "feature", "weight"), "explanations")
    users, items = _indices(frame["user"], data.users), _indices(frame["item"], data.items)
    if (users < 0).any():
        raise DataError("explanations without a user", where=f"line {int(np.argmax(users < 0)) + 1}", hint="Fill the column user.")
    against = _indices(frame["against"], data.items) if "against" in frame else np.full(len(frame), NO_ITEM)
    keys = users * (data.n_items + 1) + items + 1
    _, first, row = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))  # pairs in the order of their first lines
    row, first = rank[row], np.sort(first)
    if (against != against[first][row]).any():
        raise DataError("a pair is compared with two other items", hint="Give one file for each comparison.")
    feature = _indices(frame["feature"], data.features)
    named = feature >= 0
    _once(np.stack([row[named], feature[named]], axis=1), "a pair names a feature twice")
    shape = (len(first), data.n_features)

    def rows(values: pd.Series) -> SparseRows:
        return SparseRows.from_triples(row[named], feature[named], values.to_numpy(dtype=np.float32)[named], shape)

    change = rows(frame["to"] - frame["from"]) if {"from", "to"} <= set(frame.columns) else None
    if change is not None and not change.values.any():
        change = None
    return Explanations(
        method,
        users[first],
        items[first],
        rows(frame["weight"]),
        data.features.fingerprint,
        against=against[first] if (against >= 0).any() else None,
        change=change,
        side=side,
    )


def _columns(frame: pd.DataFrame, wanted: tuple[str, ...], what: str) -> None:
    missing = [column for column in wanted if column not in frame]
    if missing:
        raise DataError(f"{what} lack the columns {', '.join(missing)}", hint=f"Expected: {', '.join(wanted)}.")


def _indices(names: pd.Series, vocabulary: Vocabulary) -> Int:
    """Numbers of the names, -1 where empty; DataError with the nearest known names where one is unknown."""
    text = names.fillna("").astype(str)
    indices = vocabulary.indices(text.tolist())
    strange = (indices < 0) & (text != "").to_numpy()
    if strange.any():
        vocabulary.index(str(text[strange].iloc[0]))
    return indices


def _once(cells: Int, what: str) -> None:
    if len(np.unique(cells, axis=0)) != len(cells):
        raise DataError(what, hint="Keep one line of each.")
