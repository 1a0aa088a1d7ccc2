"""Options of several commands."""

from __future__ import annotations

from pathlib import Path

import click

from .complete import ids, methods


def _chosen(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    from ..data.kinds import chosen_kinds

    return chosen_kinds(part.strip() for part in value.split(","))


kinds_option = click.option(
    "--kinds",
    metavar="KIND,...",
    callback=_chosen,
    help="Kinds of features to use: word, attribute, history [default: those of the method].",
)
user_option = click.option("--user", shell_complete=ids("user"), help="A user id of the data set.")
explainer_option = click.option("--explainer", shell_complete=methods("explainer"), help="Another explainer than the run's own.")
explainer_set_option = click.option(
    "--explainer-set", "pairs", multiple=True, metavar="KEY=VALUE", help="A key of the explainer; may be repeated."
)
max_pairs_option = click.option("--max-pairs", type=click.IntRange(1), help="Most pairs to explain of each sample.")
moved_option = click.option("--dataset", type=click.Path(path_type=Path), help="Where the run's data set is now, if it was moved.")
