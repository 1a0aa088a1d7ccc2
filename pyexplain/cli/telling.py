"""How an explanation is told: options of recommend and explain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
profile_option = click.option(
    "--profile",
    type=click.Path(path_type=Path),
    help="In place of a user: a JSON file of what somebody likes and cares about "
    '({"likes": [ITEM, ...], "words": {FEATURE: HOW OFTEN, ...}, "attributes": {...}}).',
)


def telling_options(register: str) -> Callable[[F], F]:
    """--for and --quotes; register: the default of --for."""

    def added(function: F) -> F:
        for option in (
            click.option(
                "--quotes",
                type=click.Choice(["all", "own", "none"]),
                default="all",
                show_default=True,
                help="Sentences of reviews that may be quoted: everybody's, only the user's own, none.",
            ),
            click.option(
                "--for",
                "register",
                type=click.Choice(["customer", "analyst"]),
                default=register,
                show_default=True,
                help="Who reads it: a customer (titles, counts, no ids), or an analyst (ids, values and what they mean).",
            ),
        ):
            function = option(function)
        return function

    return added
