"""What is asked for every user, part by part, into one Parquet file: within a memory limit, resumable, by any engine."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from .api import load_run
from .data.files import MANIFEST, checksum, new_file
from .data.places import check_file_place, whole
from .engines.base import Engine
from .errors import RunError, UsageError, either, option
from .explainers.base import Explainer
from .parts import Parts, Rows, is_made_of, packed
from .recommenders.base import Recommender
from .recommenders.options import RunOptions
from .run import Run

Int = npt.NDArray[np.int64]
Users = tuple[int, int]  # from, and up to but without


class Ready(NamedTuple):
    """What a run has ready for a question: what the bar calls it, all that its rows depend on, users a part, rows of users."""

    label: str
    identity: Mapping[str, str]
    size: int
    rows: Callable[[Int], Rows]

    def answer(self, users: Users) -> bytes:
        """A part, packed."""
        return packed(self.rows(np.arange(*users)))


class Asked(Protocol):
    """A question that is asked of every user; it can be pickled."""

    def ready(self, run: Run) -> Ready:
        """What answers it."""


def stream(run: Run, out: Path, asked: Asked, count: Callable[[Path], int], engine: Engine, resume: bool) -> int:
    """Write the rows of all users to `out`, whole or not at all; count(file) of it. Parts that a call before this one has left are
    gone on with where resume is said, whichever engine made them; a file that is finished stays as it is then."""
    place, tell = whole(out), run.trained.options.progress
    check_file_place(place)
    parts, n_users, ready = Parts(place), run.data.n_users, asked.ready(run)
    if resume and is_made_of(place, ready.identity):
        parts.remove()
        return count(place)
    with new_file(place, done=parts.remove) as draft:
        parts.begin(ready.identity, resume)
        there = parts.there()
        numbers = [number for number in range(-(-n_users // ready.size)) if number not in there]
        jobs = (_users(number, ready.size, n_users) for number in numbers)
        done = len(there)
        tell(ready.label, min(done * ready.size, n_users), n_users)
        with _left_alone():
            for at, part in engine.results(ready.answer, lambda: _elsewhere(run, asked, ready, engine), jobs):
                parts.write(numbers[at], part)
                done += 1
                tell(ready.label, min(done * ready.size, n_users), n_users)
        parts.join(draft)
        return count(draft)


@contextmanager
def _left_alone() -> Iterator[None]:
    """What is there is not searched for garbage meanwhile: a run and its libraries are a million objects that stay."""
    ours = gc.get_freeze_count() == 0
    if ours:
        gc.freeze()
    try:
        yield
    finally:
        if ours:
            gc.unfreeze()


def _users(number: int, size: int, n_users: int) -> Users:
    return number * size, min((number + 1) * size, n_users)


@dataclass(frozen=True)
class _Elsewhere:
    """A worker's side: reads the run from its folder, and answers."""

    asked: Asked
    folder: Path
    data: Path
    device: str
    max_memory: int
    identity: Mapping[str, str]

    def __call__(self) -> Callable[[Users], bytes]:
        options = RunOptions(device=self.device, threads=1, max_memory=self.max_memory)
        ready = self.asked.ready(load_run(self.folder, options=options, dataset=self.data))
        for key in sorted(self.identity.keys() | ready.identity.keys()):
            ours, theirs = self.identity.get(key), ready.identity.get(key)
            if ours != theirs:
                what = f"a worker has {key} {theirs}, this process {key} {ours}"
                raise RunError(what, where=str(self.folder), hint="All must see the same files, and the same version of pyexplain.")
        return ready.answer


def _elsewhere(run: Run, asked: Asked, ready: Ready, engine: Engine) -> _Elsewhere:
    """UsageError for a run that workers cannot read, since it is kept in memory alone, or on a graphics card that they may not
    have."""
    trained, device = run.trained, run.trained.options.device
    if not device.startswith("cuda"):
        device = str(run.recommender.device)  # the same, unless somebody has moved it: then a worker says so
    if trained.folder is None or trained.data_path is None:
        hint = f"Save both, and read them again with {either('px.load_run', '--dataset')}."
        raise UsageError("workers read the run and its data set from their folders, and one has none", where="engine", hint=hint)
    if device.startswith("cuda") and not engine.on_this_machine:
        hint = f"Leave out --device, or --engine: {option('workers')} of this machine compute on its card."
        raise UsageError("workers of other machines compute on the processor", where="--device", hint=hint)
    return _Elsewhere(
        asked, trained.folder.resolve(), trained.data_path.resolve(), device, trained.options.max_memory, ready.identity
    )


def identity_of(run: Run, methods: Mapping[str, Recommender | Explainer], given: Mapping[str, object]) -> dict[str, str]:
    """Everything that rows depend on, by what people call it. methods: role -> method. given: what the call was asked for."""
    options, path = run.trained.options, run.trained.data_path
    known: dict[str, Any] = {"pyexplain": version("pyexplain"), "data set": run.data.fingerprint}
    known["manifest of the data set"] = checksum(path / MANIFEST) if path else ""  # evidence and titles are in no fingerprint
    known |= {"never": ", ".join(run.data.settings.never)} if run.data.settings.never else {}
    known |= {"seed": options.seed, "device": options.device, "max_memory": options.max_memory}
    for role, method in methods.items():
        known |= {role: method.name, f"state of the {role}": _digest(method.state())}
        known |= {f"{key} of the {role}": value for key, value in method.config.model_dump().items()}
    return {key: str(value) for key, value in (known | dict(given)).items()}


def _digest(state: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(state.items()):
        digest.update(f"{name} {value.dtype} {list(value.shape)} ".encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
