"""pyexplain train"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import if_stopped, json_option, machine_options, parse_settings, print_json, progress, registry_of, run_options, show
from .complete import methods
from .options import kinds_option, never_option
from .replaced import telling_begun_anew, telling_replaced
from .tracking import Tracker, both, log_option, tracker

if TYPE_CHECKING:
    from ..recommenders.data_parallel import DataParallel
    from ..registry import Registry
    from ..runs import TrainedRun


@click.command(name="train", short_help="Train the recommender of an explainer, or a baseline.")
@click.option(
    "--explainer",
    shell_complete=methods("explainer"),
    help="Train this explainer, with the recommender that it comes with [default: hybrid].",
)
@click.option("--baseline", shell_complete=methods("recommender"), help="Train this recommender alone.")
@click.option("--dataset", type=click.Path(path_type=Path), help="Folder of a data set [default: the built-in demo data].")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run [default: runs/<method>-<data set>-<seed>].")
@click.option("--epochs", type=click.IntRange(1), help="Short for --set epochs=N.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of the method; may be repeated.")
@kinds_option
@never_option
@click.option(
    "--warm-start",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Start from this run of the same method, trained before the data set grew; its settings hold.",
)
@click.option("--config", type=click.Path(path_type=Path), help="A JSON or TOML file of settings; --set overrides it.")
@click.option(
    "--resume", is_flag=True, help="Continue from the last complete epoch; gives the same result as an uninterrupted run."
)
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=1, help="Number of runs to train, with --seed and the seeds after it."
)
@log_option
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    explainer: str | None,
    baseline: str | None,
    dataset: Path | None,
    out: Path | None,
    epochs: int | None,
    pairs: tuple[str, ...],
    kinds: tuple[str, ...] | None,
    never: tuple[str, ...],
    warm_start: Path | None,
    config: Path | None,
    resume: bool,
    seeds: int,
    to: str | None,
    as_json: bool,
    **machine: Any,
) -> None:
    """Train, and write a run folder that the other commands read.

    Where no method is named it is hybrid, whose score is a sum of what it names as reasons, or, with --warm-start, that of the run.

    For example: pyexplain train --explainer cnr --dataset dataset/ --epochs 20 --set dim=64

    Under torchrun, processes train one model together: torchrun --nproc-per-node 2 -m pyexplain train ... (docs/scale.md)

    Several runs of a method, as --seeds makes them, are summed up by 'evaluate' as mean and deviation.
    """
    if explainer is not None and baseline is not None:
        raise click.UsageError("Name one method: --explainer NAME or --baseline NAME, not both.")
    settings = parse_settings(pairs, config) | ({} if epochs is None else {"epochs": epochs})
    from ..api import chosen_methods, load_run
    from ..present.runs import next_command, training_document, training_summary
    from ..recommenders.data_parallel import of_torchrun
    from .demo import demo_dataset

    registry = registry_of(ctx)
    with progress() as tell:
        place = dataset or demo_dataset(tell)
    before = None if warm_start is None else load_run(warm_start, registry=registry)
    explainer, baseline = chosen_methods(registry, explainer, baseline, before)
    name = (place.resolve().name or "data") if dataset else "demo"
    folders = _folders(out, f"{explainer or baseline}-{name}", machine["seed"], seeds)
    _check(folders.values(), [place, *([warm_start] if warm_start else [])])
    keys = {"settings": settings, "kinds": kinds, "never": never, "warm_start": before}
    wanted = _Wanted(place, explainer, baseline, registry, keys, resume, machine, tracker(to))
    if_stopped(ctx, lambda: _how_to_go_on(folders.values()))
    with of_torchrun(machine["device"]) as parallel:
        runs = []
        for seed, folder in folders.items():
            runs.append((_train(wanted, seed, folder, parallel), folder))
            if not as_json and (parallel is None or parallel.rank == 0):
                show(training_summary(*runs[-1], further=len(runs) > 1, last=False))
    if parallel is not None and parallel.rank:
        return
    if as_json:
        documents = [training_document(trained, folder) for trained, folder in runs]
        print_json(documents[0] if len(documents) == 1 else {"schema": 2, "runs": documents})
    else:
        show(next_command(runs[0][0], list(folders.values())))


@dataclass(frozen=True)
class _Wanted:
    """What is trained, the same for every seed. keys: of `train`, beside method and options."""

    place: Path
    explainer: str | None
    baseline: str | None
    registry: Registry
    keys: dict[str, Any]
    resume: bool
    machine: dict[str, Any]
    tracking: Tracker


def _how_to_go_on(folders: Iterable[Path]) -> str:
    from ..recommenders.checkpoints import CHECKPOINT

    begun = any((folder / CHECKPOINT).is_file() for folder in folders)
    return "the last complete epoch is kept: go on with --resume" if begun else "nothing is half written"


def _folders(out: Path | None, name: str, first: int, seeds: int) -> dict[int, Path]:
    """Seed -> the folder of its run."""
    if out is None:
        return {seed: Path("runs") / f"{name}-{seed}" for seed in range(first, first + seeds)}
    return {seed: out if seeds == 1 else out.with_name(f"{out.name}-{seed}") for seed in range(first, first + seeds)}


def _check(folders: Iterable[Path], sources: list[Path]) -> None:
    """Whether runs may be written there; before the work, not after it."""
    from ..runs import check_run_place

    for folder in folders:
        check_run_place(folder, sources)


def _train(wanted: _Wanted, seed: int, out: Path, parallel: DataParallel | None) -> TrainedRun:
    """One run, saved by the first of several processes."""
    from ..api import train
    from ..present.runs import kept_figures, trained_facts
    from ..runs import KIND, fill_run, new_run

    shared: dict[str, Any] = {**wanted.machine, "seed": seed, "checkpoints": out, "resume": wanted.resume, "parallel": parallel}
    methods = wanted.explainer, wanted.baseline
    if parallel is not None and parallel.rank:
        quiet = run_options(tell=lambda *said: None, callback=lambda entry: None, **shared)
        return train(wanted.place, *methods, options=quiet, registry=wanted.registry, **wanted.keys).trained
    telling_begun_anew(out, wanted.resume)
    asked = {"method": wanted.explainer or wanted.baseline, "dataset": wanted.place.name, "seed": seed, "run": out}
    place = telling_replaced(out, KIND), new_run(out, [wanted.place])
    with place[0], wanted.tracking.run(out.name, asked), place[1] as folder, progress() as tell:
        options = run_options(tell=tell, callback=both(wanted.tracking), **shared)
        run = train(wanted.place, *methods, options=options, registry=wanted.registry, **wanted.keys)
        fill_run(run.trained, folder)
        wanted.tracking.facts(trained_facts(run.trained))
        wanted.tracking.figures(kept_figures(run.trained))
    return run.trained
