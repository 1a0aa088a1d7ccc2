"""pyexplain report"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .common import json_option, machine_options, newest_run, print_json, progress, registry_of, run_options, say
from .options import max_pairs_option, moved_option
from .replaced import telling_replaced


@click.command(name="report", short_help="One page to forward: what holds, why, and for whom.")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default="report.html", show_default=True, help="The file to write.")
@click.option("--users", type=click.IntRange(0, 1000), default=3, show_default=True, help="Explained users, and as many at random.")
@max_pairs_option
@click.option("--without-explanations", is_flag=True, help="Measure the ranking alone; faster.")
@moved_option
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    runs: tuple[Path, ...],
    out: Path,
    users: int,
    max_pairs: int | None,
    without_explanations: bool,
    dataset: Path | None,
    as_json: bool,
    **machine: Any,
) -> None:
    """Measure RUNS (the newest in runs/ if none is named) and write one HTML file, without scripts and with nothing from elsewhere:
    summary, ranking, explanations, data, the model as a whole, explained users, settings.

    For example: pyexplain report demo/run --out report.html
    """
    from ..api import load_run
    from ..data.files import check_file_place
    from ..measuring import evaluate
    from ..present.report import write_report
    from ..present.verdicts import closing_lines

    check_file_place(out)  # before the work, not after it
    registry, places = registry_of(ctx), runs or (newest_run(),)
    with progress() as tell:
        options = run_options(tell=tell, **machine)
        loaded = [load_run(path, options=options, registry=registry, dataset=dataset) for path in places]
        explained = not without_explanations
        found = evaluate(*loaded, names=[*map(str, places)], explanations=explained, max_pairs=max_pairs, strict=False)
        with telling_replaced(out, "report"):
            write_report(out, found, loaded, users)
    if as_json:
        print_json({"schema": 1, "report": str(out), "evaluation": found.to_dict()})
    else:
        say("\n".join([*closing_lines(found.to_dict()), f"Written: {out}"]))
    for failure in found.failures:
        say(f"Error: {failure}; the rest was measured")
    if found.failures:
        ctx.exit(1)
