"""Options of everything that reads other people's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from .common import json_option
from .types import SEED

PATH = click.Path(path_type=Path)
NAMES = (
    "What the file calls user, item, rating, text, summary, time, ...; user=reviewer.id for keys inside others, time=- for none."
)


def reading_options(function: Any) -> Any:
    """What the columns are called, what ratings and dates mean, what becomes of bad records, and where the result goes."""
    for option in (
        click.option("--columns", metavar='"OURS=THEIRS,..."', help=NAMES),
        click.option("--skip-bad", is_flag=True, help="Skip bad records; count and report them."),
        click.option(
            "--max-bad",
            type=click.FloatRange(0, 1),
            help="Share of bad records above which reading stops anyway [default: 0.01]; implies --skip-bad.",
        ),
        click.option(
            "--rating-scale",
            metavar="LOW..HIGH",
            help="The scale of ratings, for example 0.5..5 or 1..10 [default: found where the ratings show it clearly, else 1..5].",
        ),
        click.option("--max-rating", type=float, help="Deprecated: the scale 1..MAX; use --rating-scale."),
        click.option(
            "--min-rating", type=float, help="Lowest rating that counts as liked [default: upper two fifths of the scale]."
        ),
        click.option(
            "--without-rating",
            type=click.Choice(["error", "drop", "liked"]),
            default="error",
            show_default=True,
            help="What to do with a record without a rating.",
        ),
        click.option("--date-format", metavar="FORMAT", default="", help="Format of dates, where it is not a usual one: %d/%m/%Y."),
        click.option("--name", help="Name of the data set [default: that of its folder]."),
        click.option("--seed", type=SEED, default=0, show_default=True),
        click.option("--out", type=PATH, required=True, help="Folder of the data set; of 'data extract', the file."),
        json_option,
    ):
        function = option(function)
    return function


fold_option = click.option(
    "--fold",
    metavar="NAME",
    default="",
    help="A split beside reviews.pickle: a folder NAME of train, validation and test.index.",
)
