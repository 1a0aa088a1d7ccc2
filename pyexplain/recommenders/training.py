"""Training on pairs: an epoch is a pass over all of them, each against a drawn item."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ..data.candidates import NegativeSampler
from ..data.types import Dataset
from ..errors import DataError, RunError
from .config import LoopConfig
from .epochs import train_epochs
from .history import History, WatchedObjective
from .objective import Objective, OnHost, Term, epoch_generator
from .options import RunOptions

if TYPE_CHECKING:
    from .engine import Engine


def train(
    network: nn.Module,
    engine: Engine,
    validate: Callable[[], float | None],
    data: Dataset,
    config: LoopConfig,
    options: RunOptions,
    objective: Objective | None = None,
) -> History:
    """Train in place with BPR; the parameters end as they were in the epoch with the best validation NDCG@10, of those by which the
    objective's own terms took part in enough epochs (history.py).

    validate() is the validation NDCG@10 of the present parameters, None without a validation part. Returns an entry an epoch, its
    keys those of history.py. With `patience` > 0 training stops after that many epochs without a better one, counted from the end
    of the objective's warm-up at the earliest; without a validation part, or with patience 0, all epochs run, and the best is kept
    all the same where it can be known.
    Raises RunError on a loss that is not finite (the last checkpoint stays), DataError when there is nothing to train on.
    """
    objective = WatchedObjective(objective or Objective())
    pairs, sampler = _trainable(data)
    if options.parallel is not None:
        engine.share(options.parallel.add_up)

    def one_epoch(epoch: int) -> dict[str, float]:
        objective.begin_epoch(epoch)
        loss = _run_epoch(epoch, network, engine, objective, pairs, sampler, config, options)
        return {"loss": loss, **objective.share()}

    return train_epochs(network, engine, one_epoch, validate, data, config, options, objective)


def _trainable(data: Dataset) -> tuple[np.ndarray, NegativeSampler]:
    """Training pairs of users who have something left to prefer them to, and the items each user has not liked."""
    sampler = NegativeSampler(data.train, data.n_users, data.n_items)
    pairs = data.train[sampler.counts[data.train[:, 0]] > 0]
    if len(pairs) == 0:
        raise DataError(
            "there is no training pair to learn from", where=data.name, hint="Every user likes every item, or there are none."
        )
    return pairs, sampler


def _run_epoch(
    epoch: int,
    network: nn.Module,
    engine: Engine,
    objective: Objective,
    pairs: np.ndarray,
    sampler: NegativeSampler,
    config: LoopConfig,
    options: RunOptions,
) -> float:
    """One pass over the shuffled training pairs, each against a new negative; the mean loss."""
    device = next(network.parameters()).device
    rng = np.random.default_rng([options.seed, 10, epoch])
    parallel = options.parallel
    generator = epoch_generator(options.seed + (parallel.rank if parallel else 0), epoch)
    order = rng.permutation(len(pairs))
    negatives = sampler.sample(pairs[order, 0], rng)
    columns = (pairs[order, 0], pairs[order, 1], negatives)
    kept = "the checkpoint of the epoch before is kept" if options.checkpoints and epoch > 1 else "no epoch was complete"
    losses = _Losses(f"epoch {epoch}", f"Lower learning_rate; {kept}.")
    parts = (parallel.batches if parallel else _batches)(len(pairs), config.batch_size)
    for batch in Term.parts(OnHost(*(torch.tensor(c) for c in columns)), device, parts):
        losses.add(engine.step(batch, objective, generator), len(batch.users))
    engine.flush()
    total = losses.total()
    return (parallel.total(total) if parallel else total) / len(pairs)


def _batches(n: int, batch_size: int) -> Iterator[slice]:
    return (slice(at, at + batch_size) for at in range(0, n, batch_size))


class _Losses:
    """The losses of an epoch's steps, in order. One that is a number is looked at when it comes; those that are still to be made on
    a GPU when the epoch has ended: it is waited for once."""

    def __init__(self, where: str, hint: str) -> None:
        self.where, self.hint = where, hint
        self.each: list[float | Tensor] = []
        self.sizes: list[int] = []

    def add(self, loss: float | Tensor, size: int) -> None:
        """Of one step on `size` triples. RunError where it is not finite."""
        self.each.append(loss)
        self.sizes.append(size)
        if not isinstance(loss, Tensor):
            self._look(len(self.each) - 1, loss)

    def total(self) -> float:
        """The sum over triples. RunError where a loss is not finite."""
        tensors = [loss for loss in self.each if isinstance(loss, Tensor)]
        read = iter(torch.stack(tensors).tolist() if tensors else [])
        total = 0.0
        for number, (loss, size) in enumerate(zip(self.each, self.sizes, strict=True)):
            found = next(read) if isinstance(loss, Tensor) else loss
            self._look(number, found)
            total += found * size
        return total

    def _look(self, number: int, loss: float) -> None:
        if not math.isfinite(loss):
            raise RunError(f"the loss is {loss}", where=f"{self.where}, batch {number + 1}", hint=self.hint)
