"""pyexplain reproduce"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import (
    if_stopped,
    json_option,
    machine_options,
    parse_settings,
    print_json,
    progress,
    registry_of,
    run_options,
    say,
    show,
)

if TYPE_CHECKING:
    from ..reproduce.cfexprec.reproduce import BenchmarkResult
    from ..reproduce.reproduce import Result, Wanted

BENCHMARK = "cfexprec"


@click.command(name="reproduce", short_help="The paper's tables and figures: its values, ours, and the controls.")
@click.argument("names", nargs=-1, required=True, metavar="TABLE...")
@click.option("--data", type=click.Path(path_type=Path), help="The folder that the paper's authors published, or one above it.")
@click.option("--dataset", help="Which data set of the paper that is, where its counts do not say.")
@click.option("--seeds", type=click.IntRange(1, 10_000), help="How many seeds [default: 5; 1 where users are drawn].")
@click.option("--epochs", type=click.IntRange(1), help="Short for --set epochs=N [default: 50, as in the paper].")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting for the methods that know it; may be repeated.")
@click.option("--users", type=click.IntRange(1), help="cfexprec: the first so many of its users [default: all 500].")
@click.option("--explainer", "explainers", multiple=True, help="cfexprec: this one alone; may be repeated [default: all that fit].")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for JSON, CSV and pictures, and for the runs.")
@click.option("--resume", is_flag=True, help="Take the runs that a reproduction which was stopped has left in --out.")
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    data: Path | None,
    dataset: str | None,
    seeds: int | None,
    epochs: int | None,
    pairs: tuple[str, ...],
    users: int | None,
    explainers: tuple[str, ...],
    out: Path | None,
    resume: bool,
    as_json: bool,
    **machine: Any,
) -> None:
    """Reproduce table2, table3, ... table9, figure4 or figure5 of the paper; several at once train once. Or cfexprec, the SIGIR
    2026 benchmark of counterfactual explainers: its own model explained by all that fit.

    For example: pyexplain reproduce table3 table4 --data pickles/ --seeds 5 --out reproduction/

    Or: pyexplain reproduce cfexprec --data cfexprec_amazon/ --threads 1 --out reproduction/

    Each method is told as soon as it is done, with an estimate of the time left; with --out its run and the table so far are
    written at once, so that one that was stopped goes on with --resume.

    Ends with status 1 where a method failed; the other rows are printed all the same.
    """
    if resume and out is None:
        raise click.UsageError("--resume needs the --out of the reproduction that was stopped.")
    if out:
        if_stopped(ctx, lambda: f"what was done is kept in {out}: go on with --resume")
    if BENCHMARK in names:
        if len(names) > 1 or dataset or seeds or epochs or pairs:
            raise click.UsageError(
                "cfexprec stands alone, and takes no --dataset, --seeds, --epochs and --set: nothing is trained."
            )
        failed = _benchmark(ctx, data, users, explainers, out, resume, as_json, machine)
    else:
        if users or explainers:
            raise click.UsageError("--users and --explainer are of cfexprec alone.")
        from ..reproduce.reproduce import Wanted

        settings = parse_settings(pairs, None) | ({} if epochs is None else {"epochs": epochs})
        failed = _paper(ctx, names, Wanted(data, dataset, seeds, machine["seed"], settings), out, resume, as_json, machine)
    if failed:
        ctx.exit(1)


def _paper(
    ctx: click.Context,
    names: tuple[str, ...],
    wanted: Wanted,
    out: Path | None,
    resume: bool,
    as_json: bool,
    machine: dict[str, Any],
) -> bool:
    """Tables and figures of the paper; whether a method failed."""
    from ..reproduce.kept import KeptRuns
    from ..reproduce.reproduce import reproduce
    from ..reproduce.steps import Watch, sentence
    from ..reproduce.write import check_drawing, check_places, write_result

    if out:
        check_drawing(names)
        check_places(names, out)
    registry, kept = registry_of(ctx), KeptRuns(out, resume) if out else None
    with progress() as tell:
        told = Watch(step=lambda step: say(sentence(step)))
        watch = replace(told, partial=lambda table: write_result(table, out)) if out else told
        results = reproduce(names, wanted, run_options(tell=tell, **machine), registry, kept, watch)
    written = [path for result in results for path in (write_result(result, out) if out else [])]
    _print_paper(results, written, as_json)
    return any(result.failures for result in results)


def _print_paper(results: list[Result], written: list[Path], as_json: bool) -> None:
    from ..reproduce.show import result_text

    if as_json:
        documents = [result.to_dict() for result in results]
        print_json(documents[0] if len(documents) == 1 else {"schema": 1, "results": documents})
    else:
        show(*(part for result in results for part in result_text(result)), *([""] if written else []), *map(str, written))


def _benchmark(
    ctx: click.Context,
    data: Path | None,
    users: int | None,
    explainers: tuple[str, ...],
    out: Path | None,
    resume: bool,
    as_json: bool,
    machine: dict[str, Any],
) -> bool:
    """The benchmark; whether an explainer failed."""
    from ..data.files import check_file_place
    from ..reproduce.cfexprec.kept import KeptRows
    from ..reproduce.cfexprec.reproduce import BenchmarkWanted, reproduce_benchmark

    places = [out / f"{BENCHMARK}.{kind}" for kind in ("json", "csv")] if out else []
    for place in places:
        check_file_place(place)
    kept = KeptRows(out, resume) if out else None
    with progress() as tell:
        options, wanted = run_options(tell=tell, **machine), BenchmarkWanted(data, users, explainers)
        result = reproduce_benchmark(
            wanted, options, registry_of(ctx), kept, lambda row: say(f"{row.name}: {row.failure or 'done'}")
        )
    _write_benchmark(result, places)
    if as_json:
        print_json(result.to_dict())
    else:
        from ..reproduce.cfexprec.show import benchmark_text

        show(*benchmark_text(result), *map(str, places))
    return bool(result.failures)


def _write_benchmark(result: BenchmarkResult, places: list[Path]) -> None:
    from ..data.files import write_atomically, write_json

    if places:
        write_json(places[0], result.to_dict())
        write_atomically(places[1], lambda path: result.to_frame().to_csv(path, index=False))
