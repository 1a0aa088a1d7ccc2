"""grouped_batches: batches of triples and what shares a row in each, every batch in one piece of memory of a fixed length: all go
to a GPU in one copy, and each is read at one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from .groups import RowGroups, group_entries, group_rows
from .native import Kernel, Operator
from .pair_features import GROUPS, Batch

WORD = 8  # bytes


class Room(NamedTuple):
    """groups, members: how many a kind of groups (GROUPS) has room for."""

    groups: int
    members: int


class BatchLayout:
    """Where the numbers of a batch of n triples lie among `words` whole numbers. entries: room for sparse entries of its users and
    of its items. Groups that a batch has not are of row -1, and without members; scalars are three of Adam (adam_tables) and, as a
    whole number, the seed of dropout."""

    def __init__(self, n: int, entries: tuple[int, int], n_features: int, dtype: torch.dtype) -> None:
        self.n, self.entries, self.n_features, self.dtype = n, entries, n_features, dtype
        of_features = [Room(min(members, n_features), members) for members in entries]
        self.rooms = dict(zip(GROUPS, [Room(n, n), Room(2 * n, 2 * n), *of_features], strict=True))
        sizes = {"users": n, "positives": n, "negatives": n}
        for name, room in self.rooms.items():
            sizes |= {f"{name}_rows": room.groups, f"{name}_starts": room.groups + 1, f"{name}_order": room.members}
        sizes |= {f"{name}_weights": -(-self.rooms[name].members * dtype.itemsize // WORD) for name in GROUPS[2:]}
        self.numbered = list(sizes)  # the parts that the native code writes
        sizes |= {"scalars": 3, "seed": 1}
        ends = [0, *accumulate(sizes.values())]
        self.places = {name: slice(*two) for name, two in zip(sizes, pairwise(ends), strict=True)}
        self.words = ends[-1]

    def holds(self, n: int, entries: tuple[int, int]) -> bool:
        """Whether batches of n triples with at most so many entries have room here."""
        return n == self.n and all(some <= room for some, room in zip(entries, self.entries, strict=True))

    def batch(self, words: Tensor) -> Batch:
        """The triples, where the words [words] lie; f_u is the user's own."""
        users, positives, negatives = (words[self.places[name]] for name in ("users", "positives", "negatives"))
        return Batch(users, positives, negatives, users, None)

    def groups(self, words: Tensor) -> dict[str, RowGroups]:
        """The groups, likewise."""
        return {name: RowGroups(*self._parts(words, name)) for name in self.rooms}

    def _parts(self, words: Tensor, name: str) -> Iterator[Any]:
        for part in ("rows", "starts", "order"):
            yield words[self.places[f"{name}_{part}"]]
        if f"{name}_weights" in self.places:
            yield words[self.places[f"{name}_weights"]].view(self.dtype)[: self.rooms[name].members]

    def scalars(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Adam's [3] float64 and the seed [1], likewise."""
        return words[self.places["scalars"]].view(torch.float64), words[self.places["seed"]]


class Triples(NamedTuple):
    """Users, preferred items and others [batches * n], each in 0..n_users-1 or 0..n_items-1."""

    users: Tensor
    positives: Tensor
    negatives: Tensor
    n_users: int
    n_items: int


def _native(
    kernel: Kernel, layout: BatchLayout, user_rows: TensorRows, item_rows: TensorRows, triples: Triples, out: Tensor
) -> None:
    """Writes all but the scalars of out [batches, words]."""
    fields: dict[str, Any] = {}
    for side, rows in (("user", user_rows), ("item", item_rows)):
        fields |= {f"{side}_rows_{part}": getattr(rows, part) for part in ("offsets", "indices", "values")}
        room = layout.rooms[f"{side}_features"]
        fields |= {f"{side}_groups": room.groups, f"{side}_entries": room.members}
    kernel(
        **fields,
        **triples._asdict(),
        places=torch.tensor([layout.places[name].start for name in layout.numbered]),
        batches=len(out),
        n=layout.n,
        n_features=layout.n_features,
        words=layout.words,
        out=out,
    )


def _twin(layout: BatchLayout, user_rows: TensorRows, item_rows: TensorRows, triples: Triples, out: Tensor) -> None:
    n = layout.n
    for number, words in enumerate(out):
        users, positives, negatives = (part[number * n : number * n + n] for part in triples[:3])
        for to, part in zip(layout.batch(words)[:3], (users, positives, negatives), strict=True):
            assert to is not None
            to.copy_(part)
        items, found = torch.cat([positives, negatives]), layout.groups(words)
        _put(found["users"], group_rows.twin(users, triples.n_users))
        _put(found["items"], group_rows.twin(items, triples.n_items))
        if layout.n_features:
            of_users, of_items = layout.entries
            _put(found["user_features"], group_entries.twin(user_rows, users, layout.n_features, 0, of_users))
            _put(found["item_features"], group_entries.twin(item_rows, items, layout.n_features, n, of_items))


def _put(to: RowGroups, found: RowGroups) -> None:
    to.rows.fill_(-1)
    to.starts.fill_(int(found.starts[-1]))
    for room, part in zip(to, found, strict=True):
        if room is not None and part is not None:
            room[: len(part)] = part


run_grouped_batches = Operator("grouped_batches", _native, _twin)
