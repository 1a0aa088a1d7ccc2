"""Batches of an epoch made ready for a GPU many at a time: who shares a row with whom is found on the host by all its threads, and
goes to the card in one copy that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops.adam_rows import AdamSettings
from ..ops.adam_tables import scalars
from ..ops.dropout import dropout_seed
from ..ops.grouped_batches import BatchLayout, Triples, run_grouped_batches
from ..ops.pair_features import Tables
from ..ops.recorded import pinned
from .objective import OnHost, Term

AHEAD = 64  # batches
SPARE = 1.25  # more entries than the first batches have, that there is room for


@dataclass(frozen=True, eq=False)
class _Ready:
    """words [m, words] on the card of batches of `whole` from `begin` on, for the steps after `steps`; their seeds of dropout."""

    whole: OnHost
    begin: int
    steps: int
    seeds: list[int]
    words: Tensor

    def place(self, whole: OnHost, begin: int, n: int, steps: int, seed: int) -> int:
        """Of the batch among these; -1 where it is not."""
        place, rest = divmod(begin - self.begin, n)
        there = whole is self.whole and rest == 0 and 0 <= place < len(self.seeds) and steps == self.steps + place
        return place if there and self.seeds[place] == seed else -1


class BatchesAhead:
    """For a model's tables, whose sparse rows are kept on the host too."""

    def __init__(self, tables: Tables, settings: AdamSettings) -> None:
        self.device, self.settings = tables.user_table.device, settings
        self.user_rows, self.item_rows = tables.user_rows.tensors("cpu"), tables.item_rows.tensors("cpu")
        self.sizes = len(tables.user_table), len(tables.item_table)
        self.n_features = len(tables.user_map) if tables.user_map.shape[1] else 0
        self.dtype = tables.user_table.dtype
        self.layout: BatchLayout | None = None
        self._ready: _Ready | None = None

    def words(self, term: Term, steps: int, seed: int, generator: torch.Generator) -> tuple[BatchLayout, Tensor]:
        """The layout, and the words [words] on the card, of a plain term that is step steps + 1. seed: of its dropout; generator:
        of the seeds after it, which stays where it is."""
        assert term.on_host is not None
        whole, begin = term.part_of or (term.on_host, 0)
        n = len(term.users)
        place = -1 if self._ready is None else self._ready.place(whole, begin, n, steps, seed)
        if self._ready is None or self.layout is None or place < 0:
            batches = min(AHEAD, (len(whole.users) - begin) // n)
            seeds = [seed, *_seeds(generator, batches - 1)]
            self._ready, place = self._made_ready(whole, begin, n, steps, seeds), 0
        assert self.layout is not None
        return self.layout, self._ready.words[place]

    def _made_ready(self, whole: OnHost, begin: int, n: int, steps: int, seeds: list[int]) -> _Ready:
        batches = len(seeds)
        users, preferred, other = (column[begin : begin + batches * n] for column in whole[:3] if column is not None)
        triples = Triples(users, preferred, other, *self.sizes)
        layout = self._room(n, triples)
        words = pinned(batches, layout.words)
        run_grouped_batches(layout, self.user_rows, self.item_rows, triples, words)
        numbers = words.numpy()
        of_adam = [scalars(steps + number, self.settings) for number in range(batches)]
        numbers[:, layout.places["scalars"]] = np.array(of_adam).view(np.int64)
        numbers[:, layout.places["seed"]] = np.array(seeds)[:, None]
        return _Ready(whole, begin, steps, seeds, words.to(self.device, non_blocking=True))

    def _room(self, n: int, triples: Triples) -> BatchLayout:
        """A layout that all of these batches of n have room in: the present one where it will do."""
        items = torch.stack([triples.positives, triples.negatives], dim=1)
        entries = _most(self.user_rows, triples.users.view(-1, n)), _most(self.item_rows, items.view(-1, 2 * n))
        if not self.n_features:
            entries = 0, 0
        if self.layout is None or not self.layout.holds(n, entries):
            room = tuple(int(SPARE * some) for some in entries)
            self.layout = BatchLayout(n, (room[0], room[1]), self.n_features, self.dtype)
        return self.layout


def _most(rows: TensorRows, chosen: Tensor) -> int:
    """The most entries that the rows of one batch have; chosen [batches, m]."""
    return int(rows.offsets.diff()[chosen].sum(dim=1).max())


def _seeds(generator: torch.Generator, n: int) -> list[int]:
    """The next n seeds; the generator stays where it is."""
    ahead = torch.Generator()
    ahead.set_state(generator.get_state())
    return [dropout_seed(ahead) for _ in range(n)]
