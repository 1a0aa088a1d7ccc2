"""pyexplain train"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from .common import if_stopped, json_option, machine_options, parse_settings, print_json, progress, registry_of, show
from .complete import methods
from .options import kinds_option, never_option, training_engine_options
from .replaced import telling_begun_anew, telling_replaced
from .tracking import Tracker, both, log_option, tracker
from .training import Asked, Begin, Heard, Tell, Trained, train_run
from .training_on_ray import by_ray, ray_engine


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
@training_engine_options
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
    engine: str,
    workers: int | None,
    ray_address: str | None,
    to: str | None,
    as_json: bool,
    **machine: Any,
) -> None:
    """Train, and write a run folder that the other commands read.

    Where no method is named it is hybrid, whose score is a sum of what it names as reasons, or, with --warm-start, that of the run.

    For example: pyexplain train --explainer cnr --dataset dataset/ --epochs 20 --set dim=64

    Several processes train one model together by --engine ray --workers 2, or under torchrun: torchrun --nproc-per-node 2 -m
    pyexplain train ... The same number of them gives the same run, another number another one (docs/scale.md).

    Several runs of a method, as --seeds makes them, are summed up by 'evaluate' as mean and deviation.
    """
    if explainer is not None and baseline is not None:
        raise click.UsageError("Name one method: --explainer NAME or --baseline NAME, not both.")
    settings = parse_settings(pairs, config) | ({} if epochs is None else {"epochs": epochs})
    from ..api import chosen_methods, load_run
    from ..recommenders.data_parallel import of_torchrun
    from .demo import demo_dataset

    ray = ray_engine(engine, workers, ray_address, machine["device"])
    registry = registry_of(ctx)
    with progress() as tell:
        place = dataset or demo_dataset(tell)
    before = None if warm_start is None else load_run(warm_start, registry=registry)
    explainer, baseline = chosen_methods(registry, explainer, baseline, before)
    name = (place.resolve().name or "data") if dataset else "demo"
    folders = _folders(out, f"{explainer or baseline}-{name}", machine["seed"], seeds)
    _check(folders.values(), [place, *([warm_start] if warm_start else [])])
    keys = {"settings": settings, "kinds": kinds, "never": never}
    asked, tracking = Asked(place, explainer, baseline, keys, resume, machine, folders), tracker(to)
    if_stopped(ctx, lambda: _how_to_go_on(folders.values()))

    told: list[Trained] = []
    with of_torchrun(machine["device"]) as parallel, ExitStack() as ended:

        def here(seed: int, tell: Tell, heard: Heard) -> Trained | None:
            return train_run(asked, seed, registry, before, parallel, tell, heard)

        begin = here if ray is None else ended.enter_context(by_ray(ray, asked, warm_start, ctx.obj["strict"]))
        for seed in folders:
            if parallel is not None and parallel.rank:
                begin(seed, lambda *said: None, lambda entry: None)
                continue
            told.append(_train(asked, seed, tracking, begin))
            if not as_json:
                show(told[-1].summary)
    if told and as_json:
        print_json(told[0].document if len(told) == 1 else {"schema": 2, "runs": [one.document for one in told]})
    elif told:
        show(told[0].next_command)


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


def _train(asked: Asked, seed: int, tracking: Tracker, begin: Begin) -> Trained:
    """The run of this seed, by whom `begin` asks, and what is said and logged of it."""
    from ..runs import KIND

    out = asked.folders[seed]
    telling_begun_anew(out, asked.resume)
    named = {"method": asked.explainer or asked.baseline, "dataset": asked.place.name, "seed": seed, "run": out}
    with telling_replaced(out, KIND), tracking.run(out.name, named):
        with progress() as tell:
            trained = begin(seed, tell, both(tracking))
        assert trained is not None, "other processes of torchrun are not asked"
        tracking.facts(trained.facts)
        tracking.figures(trained.figures)
    return trained
