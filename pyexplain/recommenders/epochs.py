"""Epoch after epoch, whatever an epoch is: validation, the best one kept, patience, checkpoints. The same seed gives the same run,
interrupted or not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor, nn

from ..data.types import Dataset
from .checkpoints import Checkpoint, identity_of, read_checkpoint, write_checkpoint
from .config import LoopConfig
from .history import History, is_better
from .objective import Objective
from .options import RunOptions

if TYPE_CHECKING:
    from .engine import Engine


def train_epochs(
    network: nn.Module,
    engine: Engine,
    one_epoch: Callable[[int], dict[str, float]],
    validate: Callable[[], float | None],
    data: Dataset,
    config: LoopConfig,
    options: RunOptions,
    objective: Objective | None = None,
) -> History:
    """Run one_epoch(1), (2), ... which trains in place and returns its entry: "loss", and more where there is more to say. The
    parameters end as they were in the best epoch; see train() in training.py, which this is the frame of.

    engine: what is kept beside the parameters for the next epoch to be the same; objective: the same of the loss, and its warm-up.
    """
    objective = objective or Objective()
    identity = identity_of(data, config, options)
    start = _resume(network, engine, objective, identity, options)
    if options.parallel is not None:
        options.parallel.wait()  # what all have read is written over from now on
    point = start or Checkpoint(0, [], 0, -1.0, _copy(network))
    while point.epoch < config.epochs and not _patience_over(point, config, objective.warmup_epochs):
        began = time.perf_counter()
        epoch = point.epoch + 1
        entry = {"epoch": float(epoch), **one_epoch(epoch)}
        value = validate()
        if value is not None:
            entry["ndcg@10"] = value
        if options.parallel is not None:
            entry = options.parallel.agree(entry)
            value = entry.get("ndcg@10")
        better = is_better([*point.history, entry], point.best_epoch)
        entry["seconds"] = time.perf_counter() - began
        point = Checkpoint(
            epoch,
            [*point.history, entry],
            epoch if better else point.best_epoch,
            value if value is not None and better else point.best_value,
            _copy(network) if better else point.best,
        )
        write_checkpoint(options.checkpoints if options.writes else None, point, network, engine, objective, identity)
        options.progress("training", epoch, config.epochs)
        options.callback(dict(entry))
    network.load_state_dict(point.best)
    return [entry | ({"kept": 1.0} if entry["epoch"] == point.best_epoch else {}) for entry in point.history]


def _patience_over(point: Checkpoint, config: LoopConfig, warmup: int) -> bool:
    known = bool(point.history) and "ndcg@10" in point.history[-1]
    return known and config.patience > 0 and point.epoch - max(point.best_epoch, warmup) >= config.patience


def _resume(
    network: nn.Module, engine: Engine, objective: Objective, identity: dict[str, str], options: RunOptions
) -> Checkpoint | None:
    if not options.resume or options.checkpoints is None:
        return None
    return read_checkpoint(options.checkpoints, network, engine, objective, identity)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
