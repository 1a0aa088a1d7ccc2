"""One run of `pyexplain train`: by this process, or as one of several that train it together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .common import run_options

if TYPE_CHECKING:
    from rich.console import Group

    from ..recommenders.data_parallel import DataParallel
    from ..registry import Registry
    from ..run import Run
    from ..runs import TrainedRun

Tell = Callable[[str, int, int], None]
Heard = Callable[[Mapping[str, float]], None]


@dataclass(frozen=True)
class Asked:
    """What is trained, the same for every seed; can be sent to another process. keys: of `train`, beside method and options;
    machine: --device, --threads, --seed; folders: of the runs of all seeds."""

    place: Path
    explainer: str | None
    baseline: str | None
    keys: dict[str, Any]
    resume: bool
    machine: dict[str, Any]
    folders: dict[int, Path]


@dataclass(frozen=True)
class Trained:
    """What is said of a run that was written, and what a log of experiments keeps of it."""

    summary: Group
    document: dict[str, object]
    next_command: str
    facts: dict[str, object]
    figures: dict[str, float | None]


Begin = Callable[[int, Tell, Heard], Trained | None]  # trains and writes the run of a seed; None where another process does


def train_run(
    asked: Asked,
    seed: int,
    registry: Registry,
    before: Run | Path | None,
    parallel: DataParallel | None,
    tell: Tell,
    heard: Heard,
) -> Trained | None:
    """Train the run of this seed, and write it where this process is the first of several; None where it is another one, which says
    nothing. before: the run to start from, or where it lies."""
    from ..api import train
    from ..runs import fill_run, new_run

    out = asked.folders[seed]
    shared: dict[str, Any] = {"checkpoints": out, "resume": asked.resume, "parallel": parallel, **asked.machine, "seed": seed}
    methods, keys = (asked.place, asked.explainer, asked.baseline), {**asked.keys, "warm_start": before, "registry": registry}
    if parallel is not None and parallel.rank:
        train(*methods, options=run_options(tell=lambda *said: None, callback=lambda entry: None, **shared), **keys)
        return None
    with new_run(out, [asked.place]) as folder:
        run = train(*methods, options=run_options(tell=tell, callback=heard, **shared), **keys).trained
        fill_run(run, folder)
    return _told(run, out, list(asked.folders.values()))


def _told(run: TrainedRun, out: Path, folders: Sequence[Path]) -> Trained:
    from ..present.runs import kept_figures, next_command, trained_facts, training_document, training_summary

    summary = training_summary(run, out, further=out != folders[0], last=False)
    return Trained(summary, training_document(run, out), next_command(run, folders), trained_facts(run), kept_figures(run))
