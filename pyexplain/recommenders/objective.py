"""What a batch is trained on: a sum of BPR terms, each over triples whose user features may have been changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops.elementwise import softplus


class OnHost(NamedTuple):
    """users, preferred and other [n] of a term, and its row_index [n] where it has one, as the program drew them: in range."""

    users: Tensor
    preferred: Tensor
    other: Tensor
    row_index: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Term:
    """weight * mean of -log sigmoid(R(u, preferred) - R(u, other)) over n triples.

    user_rows [m sparse rows] stand in for f_u where given, and row_index [n] says which is each example's (None: m = n, and the
    n-th is the n-th's). delta [n, P] is added to f_u, and is a constant of the loss. within: a
    context that the scores of this term are made in, entered once (the network may be another for as long). on_host: the numbers
    where they were drawn, for terms on a GPU that need not look at them (`sent` makes such); part_of: those of the epoch that
    they are a part of, and where in it they begin.
    """

    users: Tensor
    preferred: Tensor
    other: Tensor
    user_rows: TensorRows | None = None
    delta: Tensor | None = None
    weight: float = 1.0
    row_index: Tensor | None = None
    within: AbstractContextManager[object] | None = None
    on_host: OnHost | None = None
    part_of: tuple[OnHost, int] | None = None

    @staticmethod
    def sent(on_host: OnHost, device: torch.device, user_rows: TensorRows | None = None, weight: float = 1.0) -> Term:
        """The term of triples that the program drew itself, on that device; there they are trusted, and nobody waits for them."""
        users, preferred, other, at = on_host
        if device.type == "cpu":
            return Term(users, preferred, other, user_rows, weight=weight, row_index=at)
        columns = torch.stack([part for part in on_host if part is not None])
        users, preferred, other, *rest = columns.pin_memory().to(device, non_blocking=True).unbind()
        return Term(users, preferred, other, user_rows, weight=weight, row_index=rest[0] if rest else None, on_host=on_host)

    @staticmethod
    def parts(on_host: OnHost, device: torch.device, parts: Iterable[slice]) -> Iterator[Term]:
        """Batches of triples that the program drew itself, all sent at once."""
        whole = Term.sent(on_host, device)
        for part in parts:
            here = None if whole.on_host is None else OnHost(*(column[part] for column in on_host[:3]))
            of = None if here is None else (on_host, part.start)
            yield Term(whole.users[part], whole.preferred[part], whole.other[part], on_host=here, part_of=of)

    def own_rows(self) -> TensorRows | None:
        """The rows that stand in for f_u, [n]."""
        return self.user_rows if self.user_rows is None or self.row_index is None else self.user_rows.select(self.row_index)


class Objective:
    """Plain BPR (paper, footnote 2): one term, the batch itself. Methods that augment the data override `terms`.

    warmup_epochs: epochs of plain BPR that an objective begins with on purpose. The epoch that is kept comes after them, with
    enough epochs of the terms of its own (history.py); patience is counted from their end.
    """

    warmup_epochs: int = 0

    def begin_epoch(self, epoch: int) -> None:
        """Called before each epoch, counted from 1."""

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The terms of the loss for one batch, all at the current parameters. user_gradient() is dL/df_u [n, P] of the batch's own
        term there, without dropout; it is computed only when called.

        Each term stands by itself. An engine may take all of them before it works on any (the fused one does) or work on each as
        it comes, with the same result; so nothing may be changed between two terms. What has to hold while the scores of a term
        are made is its `within`.
        """
        yield batch

    def state(self) -> dict[str, Tensor]:
        """What must be kept in a checkpoint for the next epochs to be the same."""
        return {}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""


class AugmentedObjective(Objective, ABC):
    """Plain BPR for `warmup_epochs`, and from then on also the terms of `added`, where their weight is above 0: the form of
    adversarial and other regularisers of a ranking (paper, eq. (8); He et al. 2018, section 3.2).

    A subclass overrides `added`; weight is what it gives the terms that it makes.
    """

    def __init__(self, warmup_epochs: int, weight: float) -> None:
        self.warmup_epochs, self.weight, self.active = warmup_epochs, weight, False

    def begin_epoch(self, epoch: int) -> None:
        """With its own terms from the first epoch after the warm-up on."""
        self.active = epoch > self.warmup_epochs and self.weight > 0

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The batch, and after the warm-up what the objective adds to it."""
        yield batch
        if self.active:
            yield from self.added(batch, user_gradient)

    @abstractmethod
    def added(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        """The terms of its own; user_gradient as in `terms`."""


def bpr(margin: Tensor) -> Tensor:
    """Mean of -log sigmoid(margin); Rendle et al. 2009."""
    return softplus(-margin).mean()


def unread(loss: Tensor) -> float | Tensor:
    """The number, or, where it is still to be made on a GPU, the tensor [] that it will stand in."""
    return float(loss) if loss.device.type == "cpu" else loss


def epoch_generator(seed: int, epoch: int, device: torch.device | str = "cpu") -> torch.Generator:
    """The generator of an epoch's dropout; a function of seed and epoch alone, so that a resumed run draws the same. One of the
    processor (the default) draws the same whatever the network runs on, and nobody waits for a GPU to hear a seed."""
    return torch.Generator(device).manual_seed(seed * 1_000_003 + epoch)
