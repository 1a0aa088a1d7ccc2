"""Where the numbers of a batch lie in one piece of memory of a fixed length: they reach a GPU in one copy, always at one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..ops.groups import RowGroups
from ..ops.pair_features import GROUPS, Batch

WORD = 8  # bytes
SPARE = 1.25  # more entries than the first batch has, that there is room for


class Room(NamedTuple):
    """groups, members: how many a kind of groups (GROUPS) has room for."""

    groups: int
    members: int


class BatchLayout:
    """For batches of n triples. Groups that a batch has not are of row -1 and without members; scalars are three of Adam
    (adam_tables) and, as a whole number, the seed of dropout."""

    def __init__(self, n: int, groups: dict[str, RowGroups], n_features: int, dtype: torch.dtype) -> None:
        self.n, self.dtype = n, dtype
        self.rooms = {name: _room(name, n, len(groups[name].order), n_features) for name in GROUPS}
        sizes = {"users": n, "positives": n, "negatives": n, "scalars": 3, "seed": 1}
        for name, room in self.rooms.items():
            sizes |= {f"{name}_rows": room.groups, f"{name}_starts": room.groups + 1, f"{name}_order": room.members}
            if groups[name].weights is not None:
                sizes[f"{name}_weights"] = -(-room.members * dtype.itemsize // WORD)
        ends = np.cumsum([0, *sizes.values()]).tolist()
        self.places = {name: slice(*ends) for name, ends in zip(sizes, pairwise(ends), strict=True)}
        self.words: int = ends[-1]
        self.blank = np.zeros(self.words, np.int64)
        for name in self.rooms:
            self.blank[self.places[f"{name}_rows"]] = -1

    def holds(self, n: int, groups: dict[str, RowGroups]) -> bool:
        """Whether a batch of n triples in these groups has room here."""
        fits = all(len(of.rows) <= room.groups and len(of.order) <= room.members for of, room in self._each(groups))
        return n == self.n and fits

    def _each(self, groups: dict[str, RowGroups]) -> Iterator[tuple[RowGroups, Room]]:
        return ((groups[name], room) for name, room in self.rooms.items())

    def filled(self, batch: Batch, groups: dict[str, RowGroups], scalars: tuple[float, float, float], seed: int) -> Tensor:
        """[words] int64 on the host."""
        whole = self.blank.copy()
        for name in ("users", "positives", "negatives"):
            whole[self.places[name]] = getattr(batch, name).numpy()
        whole[self.places["scalars"]].view(np.float64)[:] = scalars
        whole[self.places["seed"]] = seed
        for name in self.rooms:
            rows, starts, order, weights = groups[name]
            begin = self.places[f"{name}_starts"]
            whole[begin] = int(starts[-1])  # where all that are not there begin and end
            for part, numbers in (("rows", rows), ("starts", starts), ("order", order)):
                at = self.places[f"{name}_{part}"].start
                whole[at : at + len(numbers)] = numbers.numpy()
            if weights is not None:
                values = weights.numpy()
                whole[self.places[f"{name}_weights"]].view(values.dtype)[: len(values)] = values
        return torch.from_numpy(whole)

    def batch(self, there: Tensor) -> Batch:
        """The triples, where the words [words] lie; f_u is the user's own."""
        users, positives, negatives = (self._part(there, name) for name in ("users", "positives", "negatives"))
        return Batch(users, positives, negatives, users, None)

    def groups(self, there: Tensor) -> dict[str, RowGroups]:
        """The groups, likewise."""
        return {name: RowGroups(*self._parts_of(there, name)) for name in self.rooms}

    def _parts_of(self, there: Tensor, name: str) -> Iterator[Any]:
        for part in ("rows", "starts", "order"):
            yield self._part(there, f"{name}_{part}")
        if f"{name}_weights" in self.places:
            yield self._part(there, f"{name}_weights").view(self.dtype)[: self.rooms[name].members]

    def scalars(self, there: Tensor) -> tuple[Tensor, Tensor]:
        """Adam's [3] float64 and the seed [1], likewise."""
        return self._part(there, "scalars").view(torch.float64), self._part(there, "seed")

    def _part(self, there: Tensor, name: str) -> Tensor:
        return there[self.places[name]]


def _room(name: str, n: int, entries: int, n_features: int) -> Room:
    if name in ("users", "items"):
        members = n if name == "users" else 2 * n
        return Room(members, members)
    members = int(SPARE * entries)
    return Room(min(members, n_features), members)
