"""Equation (1): how much a user cares about a feature, and how good an item is at it, from counts and sentiments."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from .cells import cells_of
from .kinds import WORD
from .room import IN_MEMORY, Room
from .settings import Settings, item_quality, user_strength
from .sparse import SparseRows
from .totals import MentionTotals, same_cells
from .types import Dataset
from .views import blocks


@dataclass(frozen=True, eq=False)
class Computed:
    """What mentions give: f_u [U, P] and f_i [I, P] of eq. (1), and the totals that they are made of."""

    user_features: SparseRows
    item_features: SparseRows
    user_mentions: MentionTotals
    item_mentions: MentionTotals


def compute_features(
    mentions: pd.DataFrame,
    n_users: int,
    n_items: int,
    n_features: int,
    max_rating: float,
    unmentioned: str = "zero",
    room: Room = IN_MEMORY,
) -> Computed:
    """From mentions (numbers in user, item, feature; sentiment in -1..1).

    `unmentioned` "zero" leaves out what was never mentioned (as the published data does); "literal" takes eq. (1) at its word: a
    count of zero is 1 for a user, a sum of zero 1 + (T - 1)/2 for an item. Values are then kept less these, so that the same cells
    are stored (Settings.unmentioned_value); `literal_rows` gives those of eq. (1). room: where arrays go that are too large for
    memory.
    """
    settings = Settings("", max_rating=max_rating, unmentioned="literal" if unmentioned == "literal" else "zero")
    sides = (("user", n_users, user_strength, "count"), ("item", n_items, item_quality, "sum"))
    rows, totals = [], []
    for column, n_rows, scale, of in sides:
        cells = cells_of(mentions, column, (n_rows, n_features), room)
        totals.append(MentionTotals.of(cells, n_features, room))
        values, measured = room.array((len(cells.word),), np.float32), getattr(cells, of)
        for part in blocks(len(values)):
            values[part] = scale(measured[part], max_rating) - np.float32(settings.unmentioned_value(column))
        rows.append(SparseRows(cells.offsets, cells.word, values, n_features))
    return Computed(rows[0], rows[1], totals[0], totals[1])


def with_totals(data: Dataset) -> Dataset:
    """The data set with totals of mentions counted from its evidence; as it is where that is not what its features are made of."""
    if data.evidence.empty:
        return data
    sizes = (data.n_users, data.n_items, data.n_features)
    made = compute_features(data.evidence, *sizes, data.settings.max_rating, data.settings.unmentioned)
    both = ((data.user_features, made.user_features), (data.item_features, made.item_features))
    if not all(same_cells(*rows) for rows in both):
        return data
    return replace(data, user_mentions=made.user_mentions, item_mentions=made.item_mentions)


def unmentioned_values(data: Dataset) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What f_u [P] and f_i [P] are measured from: of words what Settings.unmentioned_value says, of other kinds 0."""
    kinds = data.features.kinds
    words = np.ones(data.n_features, bool) if kinds is None else np.array([kind == WORD for kind in kinds], bool)
    user, item = (words * np.float32(data.settings.unmentioned_value(side)) for side in ("user", "item"))
    return user.astype(np.float32), item.astype(np.float32)


def literal_rows(data: Dataset) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """f_u [U, P] and f_i [I, P] with what was never mentioned filled in, dense: for small data and tests."""
    user, item = unmentioned_values(data)
    return data.user_features.dense() + user, data.item_features.dense() + item


def without_filled_cells(data: Dataset) -> Dataset:
    """The data set, where the literal reading was kept with every cell filled (before version 0.3), as it is kept now."""
    cells = data.n_features * np.array([data.n_users, data.n_items])
    filled = (len(data.user_features.indices), len(data.item_features.indices)) == tuple(cells) and data.n_features > 0
    if data.settings.unmentioned != "literal" or not filled or data.evidence.empty:
        return data
    sizes = (data.n_users, data.n_items, data.n_features)
    made = compute_features(data.evidence, *sizes, data.settings.max_rating, "literal")
    return replace(
        data,
        user_features=made.user_features,
        item_features=made.item_features,
        user_mentions=made.user_mentions,
        item_mentions=made.item_mentions,
    )
