"""A checkpoint is one safetensors file: parameters, moments, the best epoch's parameters, the history, and of what run it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from ..data.checked import check_json
from ..data.files import write_tensors
from ..data.seal import KEY, ROOM, is_sealed, seal
from ..data.types import Dataset
from ..errors import DataError, RunError
from .config import LoopConfig
from .objective import Objective
from .options import RunOptions

if TYPE_CHECKING:
    from .engine import Engine

CHECKPOINT = ".checkpoint.safetensors"  # hidden: it is no part of a finished run
AGAIN = "Delete it, or train without --resume."


@dataclass(frozen=True)
class _Facts:
    """Where training stands after `epoch` epochs, as in the file. best_value is the validation value of best_epoch."""

    epoch: int
    history: list[dict[str, float]]
    best_epoch: int
    best_value: float


@dataclass(frozen=True, eq=False)
class Checkpoint(_Facts):
    """The same with the parameters of best_epoch."""

    best: dict[str, Tensor]


def identity_of(data: Dataset, config: LoopConfig, options: RunOptions) -> dict[str, str]:
    """Everything that must be equal for a run to go on with the same bits; the number of epochs may grow."""
    known: dict[str, object] = {
        "pyexplain": version("pyexplain"),
        "seed": options.seed,
        "device": options.device,
        "data set": data.fingerprint,
    }
    if options.parallel is not None:
        known["processes"] = options.parallel.size
    return {key: str(value) for key, value in (known | dict(options.labels) | config.model_dump(exclude={"epochs"})).items()}


def write_checkpoint(
    folder: Path | None,
    point: Checkpoint,
    network: nn.Module,
    engine: Engine,
    objective: Objective,
    identity: Mapping[str, str],
) -> None:
    """Replace the folder's checkpoint, atomically; None keeps none."""
    if folder is None:
        return
    best = {} if point.epoch == point.best_epoch else point.best  # the network's own: a quarter of the file
    groups = {"network": network.state_dict(), "best": best, "engine": engine.state(), "objective": objective.state()}
    tensors = {f"{group}/{name}": v.detach().cpu().contiguous() for group, state in groups.items() for name, v in state.items()}
    facts = {"epoch": point.epoch, "best_epoch": point.best_epoch, "best_value": point.best_value, "history": point.history}
    metadata = {"facts": json.dumps(facts), "identity": json.dumps(dict(identity)), KEY: ROOM}
    write_tensors(folder / CHECKPOINT, _apart(tensors), metadata, seal, ours=True)


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same, copied only where two share memory, which the format refuses: a copy of everything would double the peak."""
    seen: set[int] = set()
    apart = {}
    for name, value in tensors.items():
        apart[name] = value.clone() if value.data_ptr() in seen else value
        seen.add(value.data_ptr())
    return apart


def read_checkpoint(
    folder: Path, network: nn.Module, engine: Engine, objective: Objective, identity: Mapping[str, str]
) -> Checkpoint | None:
    """Load the folder's checkpoint into network, engine and objective; None where there is none.

    Raises RunError where it is damaged, or of another run: with another method, configuration, seed, data set or version.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    groups, metadata = _read(path)
    try:
        theirs = check_json(metadata["identity"], dict[str, str], str(path), AGAIN)
        _check_identity(theirs, identity, path)
        facts = check_json(metadata["facts"], _Facts, str(path), AGAIN)
        network.load_state_dict(groups["network"])
        engine.load_state(groups["engine"])
        objective.load_state(groups["objective"])
    except (KeyError, RuntimeError, ValueError, DataError) as error:
        said = " ".join(str(error).split())[:200]
        raise RunError(f"the checkpoint does not fit this run: {said}", where=str(path), hint=AGAIN) from error
    device = next(network.parameters()).device
    best = {name: value.to(device) for name, value in (groups["best"] or groups["network"]).items()}
    return Checkpoint(facts.epoch, facts.history, facts.best_epoch, facts.best_value, best)


def _read(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, str]]:
    """Tensors by group, and metadata."""
    from safetensors import SafetensorError, safe_open

    groups: dict[str, dict[str, Tensor]] = {"network": {}, "best": {}, "engine": {}, "objective": {}}
    try:
        if not is_sealed(path):
            raise RunError("the checkpoint is damaged, or of an older version: its checksum is wrong", where=str(path), hint=AGAIN)
        with safe_open(path, framework="pt") as file:
            for key in file.keys():  # noqa: SIM118  (safe_open is no mapping)
                group, _, name = key.partition("/")
                groups[group][name] = file.get_tensor(key)
            return groups, file.metadata() or {}
    except (OSError, SafetensorError, KeyError) as error:
        raise RunError(f"the checkpoint is damaged: {error}", where=str(path), hint=AGAIN) from error


def _check_identity(theirs: Mapping[str, str], ours: Mapping[str, str], path: Path) -> None:
    for key in sorted(theirs.keys() | ours.keys()):
        made, now = (f"{key} {them[key]}" if key in them else f"no {key}" for them in (theirs, ours))
        if made != now:
            raise RunError(f"the checkpoint was made with {made}, this run has {now}", where=str(path), hint=AGAIN)
