"""Plain steps of the form of eq. (5) on a GPU, recorded once and played for every batch: what is left to the host is a copy on the
card and a launch, since batches that come (batches_ahead.py) are made ready many at a time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..ops import HeadPasses, PairPasses, PairTraining, RowAdam
from ..ops.adam_tables import Move, run_adam_tables
from ..ops.bpr_loss import run_bpr_loss
from ..ops.dropout import Drawn, dropout_seed
from ..ops.grouped_batches import BatchLayout
from ..ops.pair_features import GROUPS
from ..ops.recorded import recorded
from .batches_ahead import BatchesAhead
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
        self.optimizers = [*pairs.optimizers.values(), *head.optimizers.values()]
        self.ahead = BatchesAhead(self.passes.tables, pairs.settings)
        self._last = 0
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
        return all(one.add_up is None and one.steps == self.optimizers[0].steps for one in self.optimizers)

    def step(self, term: Term, generator: torch.Generator) -> Tensor:
        """One step; the loss before it, []."""
        seed = dropout_seed(generator) if self.head.dropout else 0
        layout, words = self.ahead.words(term, self.optimizers[0].steps, seed, generator)
        if self._recording is None or self._recording.layout is not layout:
            self._recording = _Recording(layout, self)
        loss = self._recording.play(words)
        for one in self.optimizers:
            one.steps += 1
        self.played += 1
        return loss


class _Recording:
    """A step on what lies in `there`."""

    def __init__(self, layout: BatchLayout, of: ReplayedSteps) -> None:
        self.layout, self.of = layout, of
        self.there = torch.zeros(layout.words, dtype=torch.int64, device=of.passes.tables.user_table.device)
        self._play = recorded(self._work, self.there.device)

    def play(self, words: Tensor) -> Tensor:
        """The step on a batch's words [words]; its loss."""
        self.there.copy_(words)
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
