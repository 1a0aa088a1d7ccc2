"""pyexplain train"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import if_stopped, json_option, machine_options, parse_settings, print_json, progress, registry_of, run_options, show
from .complete import methods
from .tracking import Tracker, both, log_option, tracker

if TYPE_CHECKING:
    from ..registry import Registry
    from ..run import Run
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
@click.option(
    "--kinds", metavar="KIND,...", help="Kinds of features to use: word, attribute, history [default: those of the method]."
)
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
    kinds: str | None,
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

    Several runs of a method, as --seeds makes them, are summed up by 'evaluate' as mean and deviation.
    """
    if explainer is not None and baseline is not None:
        raise click.UsageError("Name one method: --explainer NAME or --baseline NAME, not both.")
    settings = parse_settings(pairs, config)
    if epochs is not None:
        settings["epochs"] = epochs
    from ..api import chosen_methods, load_run
    from ..data.kinds import chosen_kinds
    from ..present.runs import training_document
    from ..runs import check_run_place
    from .demo import demo_dataset

    registry, chosen = registry_of(ctx), None if kinds is None else chosen_kinds(part.strip() for part in kinds.split(","))
    with progress() as tell:
        place = dataset or demo_dataset(tell)
    name = (place.resolve().name or "data") if dataset else "demo"
    before = None if warm_start is None else load_run(warm_start, registry=registry)
    explainer, baseline = chosen_methods(registry, explainer, baseline, before)
    method, first = explainer or baseline or "", machine["seed"]
    folders = {seed: _folder(out, method, name, seed, seeds) for seed in range(first, first + seeds)}
    for folder in folders.values():
        check_run_place(folder, [place, *([warm_start] if warm_start else [])])  # before the work, not after it
    tracking = tracker(to)
    if_stopped(ctx, lambda: _how_to_go_on(folders.values()))
    runs = [
        _train(
            place,
            folder,
            explainer,
            baseline,
            before,
            registry,
            settings,
            chosen,
            resume,
            machine | {"seed": seed},
            as_json,
            tracking,
        )
        for seed, folder in folders.items()
    ]
    if as_json:
        documents = [training_document(trained, out) for trained, out in runs]
        print_json(documents[0] if len(documents) == 1 else {"schema": 2, "runs": documents})


def _how_to_go_on(folders: Iterable[Path]) -> str:
    from ..recommenders.checkpoints import CHECKPOINT

    begun = any((folder / CHECKPOINT).is_file() for folder in folders)
    return "the last complete epoch is kept: go on with --resume" if begun else "nothing is half written"


def _folder(out: Path | None, method: str, data: str, seed: int, seeds: int) -> Path:
    if out is None:
        return Path("runs") / f"{method}-{data}-{seed}"
    return out if seeds == 1 else out.with_name(f"{out.name}-{seed}")


def _train(
    place: Path,
    out: Path,
    explainer: str | None,
    baseline: str | None,
    before: Run | None,
    registry: Registry,
    settings: dict[str, object],
    kinds: tuple[str, ...] | None,
    resume: bool,
    machine: dict[str, Any],
    as_json: bool,
    tracking: Tracker,
) -> tuple[TrainedRun, Path]:
    """One run, saved and, for people, summed up."""
    from ..api import train
    from ..present.runs import kept_figures, trained_facts, training_summary
    from ..runs import fill_run, new_run

    asked = {"method": explainer or baseline, "dataset": place.name, "seed": machine["seed"], "run": out}
    with tracking.run(out.name, asked), new_run(out, [place]) as folder, progress() as tell:
        options = run_options(tell=tell, checkpoints=out, resume=resume, callback=both(tracking), **machine)
        keys: dict[str, Any] = {"settings": settings, "kinds": kinds, "warm_start": before}
        run = train(place, explainer, baseline, options=options, registry=registry, **keys)
        fill_run(run.trained, folder)
        tracking.facts(trained_facts(run.trained))
        tracking.figures(kept_figures(run.trained))
    if not as_json:
        show(training_summary(run.trained, out))
    return run.trained, out
