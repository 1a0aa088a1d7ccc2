"""pyexplain recommend"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import json_option, machine_options, print_json, progress, registry_of, run_options, show
from .options import explainer_option, moved_option, user_option
from .telling import profile_option, telling_options

if TYPE_CHECKING:
    from ..statements.types import Quotes, Register


@click.command(name="recommend", short_help="The best items for a user, with reasons.")
@click.argument("run", type=click.Path(path_type=Path))
@user_option
@profile_option
@click.option("-k", "k", type=click.IntRange(1), default=10, show_default=True, help="How many items.")
@click.option("--explain", "with_reasons", is_flag=True, help="Explain each item, compared with the next in the full ranking.")
@explainer_option
@moved_option
@telling_options("customer")
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    run: Path,
    user: str | None,
    profile: Path | None,
    k: int,
    with_reasons: bool,
    explainer: str | None,
    dataset: Path | None,
    register: Register,
    quotes: Quotes,
    as_json: bool,
    **machine: Any,
) -> None:
    """Items that the user did not like in training, best first."""
    if (user is None) == (profile is None):
        raise click.UsageError("Say who: --user USER or --profile FILE, one of the two.")
    from ..api import load_run
    from ..profile import Profile

    person = None if profile is None else Profile.read(profile)  # before the run is read
    with progress() as tell:
        loaded = load_run(run, options=run_options(tell=tell, **machine), registry=registry_of(ctx), dataset=dataset)
        if person is not None:
            loaded = loaded.knowing(person)
            user = loaded.data.users[-1]
        assert user is not None
        rows = loaded.recommend_with_reasons(user, k, explainer, quotes) if with_reasons else []
        best = [(item, score) for item, score, _ in rows] if with_reasons else loaded.recommend(user, k)
        reasons = [why for *_, why in rows] if with_reasons else None
    from ..present.recommendations import recommendation_document, recommendation_table

    if as_json:
        print_json(recommendation_document(loaded.trained, user, best, reasons, register))
    else:
        show(*recommendation_table(loaded.trained, user, best, reasons, register))
