"""Plain steps of the form of eq. (5) on a GPU, recorded once and played for every batch: what is left to the host is to find out
which examples share a row, a copy and a launch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..ops import HeadPasses, PairPasses, PairTraining, RowAdam
from ..ops.adam_tables import Move, run_adam_tables, scalars
from ..ops.bpr_loss import run_bpr_loss
from ..ops.dropout import Drawn
from ..ops.pair_features import GROUPS, Batch, group_batch
from ..ops.recorded import recorded
from .batch_layout import BatchLayout
from .objective import Term


class Head(NamedTuple):
    """Parameters of the head, the optimiser of each by its name, and the probability of dropout before it."""

    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    optimizers: dict[str, RowAdam]
    dropout: float


class ReplayedSteps:
    """Steps of plain BPR; the bits are those of the steps that are told to the GPU one launch after the other. It has buffers of
    its own: a step of another kind may not move what a recording reads."""

    def __init__(self, pairs: PairTraining, head: Head) -> None:
        self.pairs, self.head, self.of_head = pairs, head, HeadPasses(*head[:4])
        self.passes = PairPasses(pairs.passes.tables)
        tables = self.passes.tables
        self.on_host = tables._replace(user_rows=tables.user_rows.tensors("cpu"), item_rows=tables.item_rows.tensors("cpu"))
        self.entries, self._last = [0, 0], 0
        self._recording: _Recording | None = None
        self.played = 0  # steps

    def takes(self, terms: list[Term]) -> bool:
        """Whether this is a plain step on numbers that the program drew, by one process. A size of batch is recorded when it comes
        for the second time: the last one of an epoch is smaller."""
        (term, *others) = terms
        plain = term.user_rows is None and term.delta is None and term.within is None and term.weight == 1
        again, self._last = len(term.users) == self._last, len(term.users)
        return not others and plain and term.on_host is not None and again and not self.pairs.whole and self._alone()

    def _alone(self) -> bool:
        each = [*self.pairs.optimizers.values(), *self.head.optimizers.values()]
        return all(one.add_up is None and one.steps == each[0].steps for one in each)

    def step(self, term: Term, seed: int) -> Tensor:
        """One step; the loss before it, []."""
        assert term.on_host is not None
        numbers = Batch(*term.on_host[:3], term.on_host.users, None)
        groups = group_batch(self.on_host, numbers, self.entries)
        recording = self._recording
        if recording is None or not recording.layout.holds(len(term.users), groups):
            user_map = self.passes.tables.user_map
            layout = BatchLayout(len(term.users), groups, len(user_map), user_map.dtype)
            self._recording = recording = _Recording(layout, self)
        each = [*self.pairs.optimizers.values(), *self.head.optimizers.values()]
        loss = recording.play(recording.layout.filled(numbers, groups, scalars(each[0].steps, each[0].settings), seed))
        for one in each:
            one.steps += 1
        self.played += 1
        return loss


class _Recording:
    """A step on what lies in `there`."""

    def __init__(self, layout: BatchLayout, of: ReplayedSteps) -> None:
        self.layout, self.of = layout, of
        self.there = torch.zeros(layout.words, dtype=torch.int64, device=of.passes.tables.user_table.device)
        self._play = recorded(self._work)

    def play(self, words: Tensor) -> Tensor:
        """The step on what a batch has there; its loss."""
        self.there.copy_(words.pin_memory(), non_blocking=True)
        return self._play().clone()

    def _work(self) -> Tensor:
        of, there, tables = self.of, self.there, self.of.passes.tables
        batch, groups, (now, seed) = self.layout.batch(there), self.layout.groups(there), self.layout.scalars(there)
        optimizers, settings = of.pairs.optimizers, of.pairs.settings
        rows = {name: groups[group].rows for name, group in zip(optimizers, GROUPS, strict=True)}
        run_adam_tables([Move(one.held, rows[name], None, 0) for name, one in optimizers.items()], settings, now)
        x = of.passes.run(tables, batch)
        scores = of.of_head.forward(x, Drawn(of.head.dropout, seed, [self.layout.n]) if of.head.dropout else None)
        loss, slopes = run_bpr_loss(scores)
        found = of.of_head.backward(slopes)
        of_tables = of.passes.backward(found.x, groups)
        moves = [Move(one.held, rows[name], getattr(of_tables, name).values, 1) for name, one in optimizers.items()]
        for name, one in of.head.optimizers.items():
            moves.append(Move(one.held, None, getattr(found, name).view(one.table.shape), 1))
        run_adam_tables(moves, settings, now)
        return loss
