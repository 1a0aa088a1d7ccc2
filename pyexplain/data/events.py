"""What users did, event by event: an item that was liked in training, a review that models may see, and the features that come with
each. Taking an event away takes all of it away, and f_u is made again of the events that are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .counts import columns_of_kind, user_counts
from .kinds import ATTRIBUTE, HISTORY, WORD
from .settings import user_strength
from .sparse import SparseRows
from .types import Dataset
from .views import offsets_of

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Events:
    """Events of user u are numbers offsets[u] to offsets[u + 1]: items [m], ascending within a user, with what comes with each in
    cells [m, P]: how often the review mentions a word, 1 for an attribute of an item that was liked and for its entry in the
    history; those alone that f_u has."""

    data: Dataset
    offsets: Int
    items: Int
    cells: SparseRows

    @staticmethod
    def of(data: Dataset) -> Events:
        """Of all users: training likes, and the reviews that the evidence is of."""
        liked = np.stack([np.repeat(np.arange(data.n_users), np.diff(data.liked.offsets)), data.liked.items], axis=1)
        written = data.evidence[["user", "item", "feature"]].to_numpy(dtype=np.int64).reshape(-1, 3)
        keys, n_items = [pairs[:, 0] * data.n_items + pairs[:, 1] for pairs in (liked, written)], data.n_items
        events = np.unique(np.concatenate(keys))
        users, items = np.divmod(events, max(1, n_items))
        parts = [_mentions(data, written, np.searchsorted(events, keys[1]))]
        parts += _with_the_item(data, liked[:, 1], np.searchsorted(events, keys[0]))
        row, column, value = (np.concatenate(one) for one in zip(*parts, strict=True))
        kept = _stored(data.user_features, users[row], column)
        shape = len(events), data.n_features
        cells: SparseRows = SparseRows.from_triples(row[kept], column[kept], value[kept], shape)
        return Events(data, offsets_of(np.bincount(users, minlength=data.n_users)), items, cells)

    def table(self, users: Int) -> tuple[Int, Bool]:
        """The numbers of the events of users [n] as a table [n, S], and where it holds one."""
        counts = self.offsets[users + 1] - self.offsets[users]
        place = np.arange(int(counts.max(initial=0)))
        there = place < counts[:, None]
        return np.where(there, self.offsets[users][:, None] + place, 0), there

    def without(self, users: Int, rows: Int, indices: Int) -> SparseRows:
        """f_u [n, P] of users [n] without some events: rows [m], 0..n - 1, and numbers [m] of these."""
        data, own = self.data, self.data.user_features.select(users)
        gone = self.cells.select(indices)
        keys = own.row_indices() * own.n_columns + own.indices
        lost = np.zeros(len(keys))
        np.add.at(lost, np.searchsorted(keys, rows[gone.row_indices()] * own.n_columns + gone.indices), gone.values)
        counted = _values_at(user_counts(data, users), keys)
        left, values = counted - lost, own.values.astype(np.float64)
        word = columns_of_kind(data, WORD)[own.indices]
        past = columns_of_kind(data, HISTORY)[own.indices]
        again = user_strength(left, data.settings.max_rating) - np.where(word, data.settings.unmentioned_value("user"), 0)
        if data.counted:
            again = np.minimum(left, data.settings.max_rating)
        values = np.where(lost > 0, np.where(past, 0, again), values)
        changed: SparseRows = SparseRows(own.offsets, own.indices, values.astype(np.float32), own.n_columns)
        return changed.where((lost == 0) | (~past & (left > 0.5)))

    def difference(self, users: Int, left: SparseRows) -> SparseRows:
        """left - f_u [n, P] of users [n], every cell of left being one of f_u: the change that takes f_u to what without() gave."""
        own = self.data.user_features.select(users)
        keys, cells = (r.row_indices() * r.n_columns + r.indices for r in (own, left))
        values = -own.values.copy()
        values[np.searchsorted(keys, cells)] += left.values
        return SparseRows(own.offsets, own.indices, values, own.n_columns).where(values != 0)

    def on_features(self, users: Int, weights: npt.NDArray[np.floating]) -> SparseRows:
        """Weights [n, S] of the events of users [n], as table() gives them, said of features [n, P]: an event's entry in the
        history has all of it; where it has none, what came with it has equal shares."""
        indices, there = self.table(users)
        row, place = np.nonzero(there)
        cells, given = self.cells.select(indices[row, place]), weights[row, place]
        past = columns_of_kind(self.data, HISTORY)[cells.indices]
        has_past = np.bincount(cells.row_indices()[past], minlength=len(row)) > 0
        kept = cells.where(past | ~has_past[cells.row_indices()])
        share = given / np.maximum(kept.counts, 1)
        key = row[kept.row_indices()] * self.data.n_features + kept.indices
        found, inverse = np.unique(key, return_inverse=True)
        values = np.bincount(inverse, share[kept.row_indices()], minlength=len(found))
        r, c = np.divmod(found, max(1, self.data.n_features))
        return SparseRows.from_triples(r, c, values, (len(users), self.data.n_features))


def _mentions(data: Dataset, written: Int, event: Int) -> tuple[Int, Int, npt.NDArray[np.float64]]:
    """Events, words and how often each is mentioned."""
    found, counts = np.unique(event * data.n_features + written[:, 2], return_counts=True)
    row, column = np.divmod(found, max(1, data.n_features))
    return row, column, counts.astype(np.float64)


def _with_the_item(data: Dataset, items: Int, event: Int) -> list[tuple[Int, Int, npt.NDArray[np.float64]]]:
    """Events of liked items [n]: their attributes, and their entries in the history."""
    columns = columns_of_kind(data, ATTRIBUTE)
    has = data.item_features.where(columns[data.item_features.indices]).select(items)
    out = [(event[has.row_indices()], has.indices, np.ones(len(has.indices)))]
    past = np.flatnonzero(columns_of_kind(data, HISTORY))
    if len(past):  # one column an item, by its number
        out.append((event, past[items], np.ones(len(items))))
    return out


def _stored(rows: SparseRows, row: Int, column: Int) -> Bool:
    keys = rows.row_indices() * rows.n_columns + rows.indices
    asked = row * rows.n_columns + column
    if not len(keys):
        return np.zeros(len(asked), dtype=bool)
    found: Bool = keys[np.minimum(np.searchsorted(keys, asked), len(keys) - 1)] == asked
    return found


def _values_at(rows: SparseRows, keys: Int) -> npt.NDArray[np.float64]:
    """Values [m] of the cells with these keys (row times columns, plus column); 0 where not stored."""
    known = rows.row_indices() * rows.n_columns + rows.indices
    out = np.zeros(len(keys))
    if len(known):
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        there = known[at] == keys
        out[there] = rows.values[at[there]]
    return out
