"""A checkpoint is one safetensors file: parameters, moments, the best epoch's parameters, and the history."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from ..data.files import write_atomically
from ..data.json_file import read_object
from ..errors import RunError
from .config import TrainingConfig
from .objective import Objective

if TYPE_CHECKING:
    from .engine import Engine

CHECKPOINT = ".checkpoint.safetensors"  # hidden: it is no part of a finished run


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where training stands after `epoch` epochs. best: parameters of best_epoch, whose validation value is best_value."""

    epoch: int
    history: list[dict[str, float]]
    best_epoch: int
    best_value: float
    best: dict[str, Tensor]


def _identity(config: TrainingConfig) -> str:
    """What must be equal for a run to go on; the number of epochs may grow."""
    return hashlib.sha256(config.model_dump_json(exclude={"epochs"}).encode()).hexdigest()[:16]


def write_checkpoint(
    folder: Path | None, point: Checkpoint, network: nn.Module, engine: Engine, objective: Objective, config: TrainingConfig
) -> None:
    """Replace the folder's checkpoint, atomically; None keeps none."""
    if folder is None:
        return
    from safetensors.torch import save_file

    groups = {"network": network.state_dict(), "best": point.best, "engine": engine.state(), "objective": objective.state()}
    tensors = {f"{group}/{name}": v.detach().cpu().contiguous() for group, state in groups.items() for name, v in state.items()}
    facts = {"epoch": point.epoch, "best_epoch": point.best_epoch, "best_value": point.best_value, "history": point.history}
    metadata = {"facts": json.dumps(facts), "config": _identity(config)}
    write_atomically(folder / CHECKPOINT, lambda path: save_file(_apart(tensors), path, metadata))


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same, copied only where two share memory, which the format refuses: a copy of everything would double the peak."""
    seen: set[int] = set()
    apart = {}
    for name, value in tensors.items():
        apart[name] = value.clone() if value.data_ptr() in seen else value
        seen.add(value.data_ptr())
    return apart


def read_checkpoint(
    folder: Path, network: nn.Module, engine: Engine, objective: Objective, config: TrainingConfig
) -> Checkpoint | None:
    """Load the folder's checkpoint into network, engine and objective; None where there is none.

    Raises RunError where it is damaged, or was made with another configuration.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    groups: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "engine": {}, "objective": {}}
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            for key in file.keys():  # noqa: SIM118  (safe_open is no mapping)
                group, _, name = key.partition("/")
                groups[group][name] = file.get_tensor(key)
    except (SafetensorError, KeyError) as error:
        raise RunError("the checkpoint is damaged", where=str(path), hint="Delete it and train again.") from error
    if metadata.get("config") != _identity(config):
        raise RunError(
            "the checkpoint was made with other settings", where=str(path), hint="Resume with the same settings, or delete it."
        )
    facts = read_object(metadata["facts"], str(path), hint="Delete it and train again.")
    network.load_state_dict(groups["network"])
    engine.load_state(groups["engine"])
    objective.load_state(groups["objective"])
    device = next(network.parameters()).device
    best = {name: value.to(device) for name, value in groups["best"].items()}
    return Checkpoint(facts["epoch"], facts["history"], facts["best_epoch"], facts["best_value"], best)
