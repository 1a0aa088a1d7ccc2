"""pyexplain data users, pyexplain data items"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from .common import json_option, print_json, show

SHOWN = 20


def _options(function: Any) -> Any:
    for option in (
        json_option,
        click.option("-k", "k", type=click.IntRange(1), default=SHOWN, show_default=True, help="How many are shown."),
        click.option("--search", default="", metavar="TEXT", help="Words that the id or the title must hold, in any case."),
        click.argument("dataset", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@click.command(name="users", short_help="List or look up users.")
@_options
def users_command(dataset: Path, search: str, k: int, as_json: bool) -> None:
    """Users of a data set, those with most training pairs first: ids for --user, and what is known of each."""
    _list("user", dataset, search, k, as_json)


@click.command(name="items", short_help="List or look up items.")
@_options
def items_command(dataset: Path, search: str, k: int, as_json: bool) -> None:
    """Items of a data set, those with most training pairs first: ids for --item, titles, and what is known of each.

    For example: pyexplain data items my-data --search "travel headphones"
    """
    _list("item", dataset, search, k, as_json)


def _list(kind: Literal["user", "item"], dataset: Path, search: str, k: int, as_json: bool) -> None:
    from ..data.listing import listing
    from ..data.store import load_dataset
    from ..present.listing import listing_document, listing_lines

    data = load_dataset(dataset)
    found = listing(data, kind, search)
    if as_json:
        print_json(listing_document(data, kind, found, search, k))
    else:
        show(*listing_lines(data, kind, found, search, k))
