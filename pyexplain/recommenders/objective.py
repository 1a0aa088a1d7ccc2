"""What a batch is trained on: a sum of BPR terms, each over triples whose user features may have been changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..data.sparse import TensorRows


@dataclass(frozen=True, eq=False)
class Term:
    """weight * mean of -log sigmoid(R(u, preferred) - R(u, other)) over n triples.

    user_rows [n sparse rows] stand in for f_u where given; delta [n, P] is added to f_u, and is a constant of the loss. within: a
    context that the scores of this term are made in, entered once (the network may be another for as long).
    """

    users: Tensor
    preferred: Tensor
    other: Tensor
    user_rows: TensorRows | None = None
    delta: Tensor | None = None
    weight: float = 1.0
    within: AbstractContextManager[object] | None = None


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


def bpr(margin: Tensor) -> Tensor:
    """Mean of -log sigmoid(margin); Rendle et al. 2009."""
    return functional.softplus(-margin).mean()


def epoch_generator(seed: int, epoch: int, device: torch.device | str = "cpu") -> torch.Generator:
    """The generator of an epoch's dropout; a function of seed and epoch alone, so that a resumed run draws the same. One of the
    processor (the default) draws the same whatever the network runs on, and nobody waits for a GPU to hear a seed."""
    return torch.Generator(device).manual_seed(seed * 1_000_003 + epoch)
