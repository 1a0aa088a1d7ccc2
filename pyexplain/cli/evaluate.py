"""pyexplain evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .common import (
    json_option,
    machine_options,
    newest_run,
    parse_settings,
    print_json,
    progress,
    registry_of,
    run_options,
    say,
    show,
)
from .options import explainer_option, explainer_set_option, max_pairs_option, metrics_option, moved_option
from .replaced import telling_replaced
from .tracking import Tracker, log_option, tracker


@click.command(name="evaluate", short_help="Measure ranking and explanations, with controls.")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--explanations", is_flag=True, help="Also measure the explanations: agreement, counterfactuals, faithfulness.")
@explainer_option
@explainer_set_option
@click.option("--full-ranking", is_flag=True, help="Rank the whole catalogue, not the 100 frozen candidates.")
@click.option("-k", "--k", "k", type=click.IntRange(1), default=10, show_default=True, help="Length of the lists: the k of ndcg@k.")
@click.option(
    "--level",
    type=click.Choice(["item", "list"]),
    default="item",
    show_default=True,
    help="With --explanations: list = also what would change the first k of users, as a whole.",
)
@click.option("--robust", is_flag=True, help="Also stability (noise, seeds) and sanity (random weights); slower.")
@click.option("--attack", is_flag=True, help="Also the ranking when users' features are moved: docs/metrics.md.")
@click.option("--beyond-accuracy", is_flag=True, help="Also coverage, novelty, popularity bias, and groups of users.")
@metrics_option
@max_pairs_option
@moved_option
@click.option("--report", type=click.Path(path_type=Path), help="Also write a one-file HTML report.")
@click.option("--details", is_flag=True, help="Print every figure of every run, not only what decides.")
@log_option
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    runs: tuple[Path, ...],
    pairs: tuple[str, ...],
    dataset: Path | None,
    report: Path | None,
    details: bool,
    to: str | None,
    as_json: bool,
    device: str,
    threads: int | None,
    seed: int,
    **measured: Any,
) -> None:
    """Measure RUNS (the newest in runs/ if none is named) on held-out reviews, beside control rows that need no model."""
    from ..api import load_run
    from ..data.files import check_file_place
    from ..measuring import evaluate

    if report:
        check_file_place(report)  # before the work, not after it
    tracking = tracker(to)
    registry = registry_of(ctx)
    keys = parse_settings(pairs, None, "--explainer-set")
    with progress() as tell:
        options = run_options(device, threads, seed, tell)
        loaded = [load_run(path, options=options, registry=registry, dataset=dataset) for path in runs or (newest_run(),)]
        names = [str(path) for path in runs or (newest_run(),)]
        strict = bool(ctx.obj and ctx.obj.get("strict"))
        found = evaluate(*loaded, names=names, strict=strict, explainer_settings=keys, **measured)
    if report:
        from ..present.report import write_report

        with telling_replaced(report, "report"):
            write_report(report, found, loaded)
    _track(tracking, found.to_dict())
    if as_json:
        print_json(found.to_dict())
    else:
        from ..present.evaluation_tables import evaluation_tables

        show(*evaluation_tables(found, details or bool(measured["metrics"])))  # who names figures wants to see them
    for failure in found.failures:
        say(f"Error: {failure}; the rest was measured")
    if found.failures:
        ctx.exit(1)


def _track(tracking: Tracker, document: dict[str, Any]) -> None:
    """A run of the log for each that was measured: every figure, under its group."""
    from ..present.evaluation import figures_of, groups_of

    for run in document["runs"]:
        facts = {
            "method": run["method"],
            "seed": run["seed"],
            "run": run["run"],
            "protocol": document["protocol"],
            **document["dataset"],
        }
        with tracking.run(f"evaluate {run['run']}", facts):
            groups = groups_of(document)
            tracking.figures(
                {f"{group}/{name}": value for group in groups for name, value in figures_of(run, group).items() if _plain(value)}
            )


def _plain(value: object) -> bool:
    return value is None or isinstance(value, int | float)
