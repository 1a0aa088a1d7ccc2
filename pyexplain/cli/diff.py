"""pyexplain diff"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .common import json_option, machine_options, print_json, progress, registry_of, run_options, show
from .options import max_pairs_option

FAILED = 3  # exit status: the comparison was made, and a condition holds; 1 and 2 are errors


@click.command(name="diff", short_help="What changed from one run to another.")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--fail-if", "conditions", multiple=True, metavar="CONDITION", help='Such as "ndcg@10 worse"; may be repeated.')
@click.option("--all", "everything", is_flag=True, help="Also the figures that did not change beyond chance.")
@click.option("--ranking-only", is_flag=True, help="Leave out explanations: quicker.")
@click.option("-k", "--k", "k", type=click.IntRange(1), default=10, show_default=True, help="Length of the lists.")
@max_pairs_option
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    before: Path,
    after: Path,
    conditions: tuple[str, ...],
    everything: bool,
    ranking_only: bool,
    k: int,
    max_pairs: int | None,
    as_json: bool,
    **machine: Any,
) -> None:
    """Compare the runs BEFORE and AFTER: data, settings, ranking, lists, reasons, statements, each difference with its interval.

    The runs may be of different data sets: users and items are matched by id. A CONDITION is "FIGURE worse" (its interval lies on
    the worse side of zero), "FIGURE < NUMBER" or "FIGURE > NUMBER" (of after less before; of lists.overlap, lists.first,
    reasons.overlap, reasons.first: of the share itself). Where one holds, the exit status is 3.

    For example: pyexplain diff runs/old runs/new --fail-if "ndcg@10 worse" --fail-if "lists.overlap < 0.5"
    """
    from ..api import load_run
    from ..evaluation.conditions import Condition
    from ..present.run_diff import diff_tables
    from ..run_diff import diff

    for condition in conditions:
        Condition.parse(condition)  # before the work, not after it
    registry = registry_of(ctx)
    with progress() as tell:
        options = run_options(tell=tell, **machine)
        runs = [load_run(path, options=options, registry=registry) for path in (before, after)]
        names = [str(path) for path in (before, after)]
        strict = bool(ctx.obj and ctx.obj.get("strict"))
        how: dict[str, Any] = {"explanations": not ranking_only, "k": k, "max_pairs": max_pairs, "strict": strict}
        found = diff(*runs, names=names, fail_if=conditions, **how)
    if as_json:
        print_json(found.to_dict())
    else:
        show(*diff_tables(found.to_dict(), everything))
    if found.failed:
        ctx.exit(FAILED)
