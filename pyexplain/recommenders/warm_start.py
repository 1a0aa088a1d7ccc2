"""What a run has learned as the start of another on a grown data set: rows go by ids, new ones by what is known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.kind_views import history_rows
from ..data.kinds import HISTORY
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..data.vocabulary import Vocabulary
from ..errors import UsageError
from .networks import mapped

Int = npt.NDArray[np.int64]
USERS, ITEMS, FEATURES, READABLE = "users", "items", "features", "readable"
TABLES_OF = (USERS, ITEMS, FEATURES, READABLE)  # readable: words and attributes, in the order of the features
NEW = -1
Key = str | tuple[str, str]


@dataclass(frozen=True)
class StartFacts:
    """Where a training started, as a run file and a checkpoint keep it: the run's folder (None: it was never saved), the
    fingerprint of its data set, a hash of what it had learned. users, items: how many of the new data set it knew. heldout: how
    many held-out pairs of the new data set it had learned from; figures on those say too much."""

    run: str | None
    dataset: str
    state: str
    users: int
    items: int
    heldout: int

    @property
    def identity(self) -> str:
        """What must be equal for a training to go on."""
        return f"{self.state} of data set {self.dataset}"


@dataclass(frozen=True, eq=False)
class WarmStart:
    """What a trained recommender learned, and of whom: state by name, ids of users, items and features."""

    method: str
    state: Mapping[str, Tensor]
    users: Vocabulary
    items: Vocabulary
    features: Vocabulary

    def facts(self, run: str | None, before: Dataset, now: Dataset) -> StartFacts:
        """Of a run on the data set `before`, as the start on `now`."""
        digest = hashlib.sha256()
        for name, value in sorted(self.state.items()):
            digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
        users, items = (self._places(kind, now) for kind in (USERS, ITEMS))
        n_users, n_items = (int((places != NEW).sum()) for places in (users, items))
        heldout = np.concatenate([now.valid, now.test])
        moved = np.stack([users[heldout[:, 0]], items[heldout[:, 1]]], axis=1)
        moved = moved[(moved != NEW).all(axis=1)]
        learned = np.isin(moved @ [before.n_items, 1], before.train @ [before.n_items, 1])
        return StartFacts(run, before.source.fingerprint, digest.hexdigest()[:16], n_users, n_items, int(learned.sum()))

    def state_for(self, fresh: Mapping[str, Tensor], tables: Mapping[str, str], data: Dataset) -> dict[str, Tensor]:
        """A start for `data`: fresh is the state of a new model there; tables: what the rows of each tensor are (TABLES_OF).

        Rows of known ids are those of the trained model, and so is every tensor that is no table. A new user or item starts at the
        mean, over its features (words, attributes; of users the items they like, of items their users), of the mean of the known
        rows that have the feature; in tables of one column, such as biases, at the mean of the known rows with about as many
        training pairs. A row of whom nothing is known, and a new feature, starts as in a new model. UsageError where the two do not
        fit.
        """
        self._check(fresh, tables)
        places = {kind: self._places(kind, data) for kind in set(tables.values())}
        known = {kind: _Known(places[kind], _features_of(kind, data), _pairs_of(kind, data)) for kind in places}
        return {
            name: known[tables[name]].filled(self.state[name], value) if name in tables else self.state[name].clone()
            for name, value in fresh.items()
        }

    def _check(self, fresh: Mapping[str, Tensor], tables: Mapping[str, str]) -> None:
        where = f"warm start from {self.method}"
        if fresh.keys() != self.state.keys():
            known, found = (", ".join(sorted(state)) for state in (self.state, fresh))
            raise UsageError(f"the run has {known}, to be trained are {found}", where=where, hint="Give the run's own settings.")
        for name, value in fresh.items():
            begin = 1 if name in tables else 0
            had, wanted = (list(state.shape[begin:]) for state in (self.state[name], value))
            if had != wanted or self.state[name].dim() != value.dim():
                what = f"{name} has the widths {had} in the run, and {wanted} in what is to be trained"
                raise UsageError(what, where=where, hint="Leave the sizes (dim, hidden, ...) as the run has them.")

    def _places(self, kind: str, data: Dataset) -> Int:
        """For each row of a table in `data`, its row in the trained one, NEW where it has none."""
        if kind in (USERS, ITEMS):
            before, now = (self.users, data.users) if kind == USERS else (self.items, data.items)
            return before.indices(now.names)
        chosen = [[_key(names, n) for n in _columns(names, kind)] for names in (self.features, data.features)]
        return _rows_of(*chosen)


def _key(features: Vocabulary, number: int) -> Key:
    return features.kind_of(number), features[number]


def _columns(features: Vocabulary, kind: str) -> list[int]:
    numbers = range(len(features))
    return [n for n in numbers if kind == FEATURES or features.kind_of(n) != HISTORY]


def _rows_of(before: list[Key], now: list[Key]) -> Int:
    number = {name: row for row, name in enumerate(before)}
    return np.array([number.get(name, NEW) for name in now], dtype=np.int64)


def _pairs_of(kind: str, data: Dataset) -> Int | None:
    """Training pairs of each user or item; None of features."""
    if kind not in (USERS, ITEMS):
        return None
    side, size = (0, data.n_users) if kind == USERS else (1, data.n_items)
    return np.bincount(data.train[:, side], minlength=size)


def _features_of(kind: str, data: Dataset) -> list[SparseRows]:
    """What is known of each row: its words and attributes, and who liked it or what it liked; nothing of features."""
    if kind not in (USERS, ITEMS):
        return []
    likes = history_rows(data.liked, data.n_items)[0]
    if kind == ITEMS:
        likes = SparseRows.from_triples(likes.indices, likes.row_indices(), likes.values, (data.n_items, data.n_users))
    rows = data.user_features if kind == USERS else data.item_features
    history = data.features.are(HISTORY)
    return [rows.where(~history[rows.indices]), likes]


@dataclass(frozen=True, eq=False)
class _Known:
    """Where the rows of a table come from: places [N] of the known ones in the trained table; features and pairs of all [N]."""

    places: Int
    features: list[SparseRows]
    pairs: Int | None

    def filled(self, trained: Tensor, fresh: Tensor) -> Tensor:
        """The table [N, k]."""
        known = torch.from_numpy(self.places != NEW)
        out = fresh.clone()
        out[known] = trained[torch.from_numpy(self.places[self.places != NEW])].to(out)
        if known.all() or not known.any() or self.pairs is None or out[0].numel() == 0:
            return out
        start = self._by_pairs(out, known) if out[0].numel() == 1 else self._by_features(out, known)
        return start.view_as(out)

    def _by_pairs(self, table: Tensor, known: Tensor) -> Tensor:
        assert self.pairs is not None
        bucket = torch.from_numpy(np.log2(1 + self.pairs).round().astype(np.int64))
        values, flat = table.reshape(-1).clone(), table.reshape(-1)
        for one in torch.unique(bucket[~known]).tolist():
            alike = known & (bucket == one)
            if alike.any():
                values[~known & (bucket == one)] = flat[alike].mean()
        return values

    def _by_features(self, table: Tensor, known: Tensor) -> Tensor:
        total, weight = torch.zeros_like(table), torch.zeros(len(table))
        for rows in self.features:
            means, there = _means(rows, table, known)
            of = rows.where(there[rows.indices]).tensors()
            total += mapped(of, means)
            weight += mapped(of, torch.ones(rows.n_columns, 1))[:, 0]
        told = ~known & (weight > 0)
        out = table.clone()
        out[told] = total[told] / weight[told][:, None]
        return out


def _means(rows: SparseRows, table: Tensor, known: Tensor) -> tuple[Tensor, npt.NDArray[np.bool_]]:
    """Of each feature [P, k] the mean of the known rows that have it, by how much they have it; and which features any has [P]."""
    kept = rows.where(known.numpy()[rows.row_indices()])
    shape = rows.n_columns, rows.n_rows
    by_feature: TensorRows = SparseRows.from_triples(kept.indices, kept.row_indices(), kept.values, shape).tensors()
    weight = mapped(by_feature, torch.ones(rows.n_rows, 1))
    return mapped(by_feature, table) / weight.clamp(min=1e-12), (weight[:, 0] > 0).numpy()
