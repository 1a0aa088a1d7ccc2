"""pyexplain recommend"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import if_stopped, json_option, machine_options, print_json, progress, registry_of, run_options, say, show
from .options import ENGINE, engine_options, explainer_option, max_memory_option, moved_option, refuse_without, user_option
from .replaced import telling_replaced
from .telling import profile_option, telling_options
from .types import PARQUET_FILE

if TYPE_CHECKING:
    from ..run import Run
    from ..statements.types import Quotes, Register


@click.command(name="recommend", short_help="The best items for a user, with reasons.")
@click.argument("run", type=click.Path(path_type=Path))
@user_option
@profile_option
@click.option("-k", "k", type=click.IntRange(1), default=10, show_default=True, help="How many items.")
@click.option("--all", "everyone", is_flag=True, help="Every user's best items, into --out.")
@click.option("--out", type=PARQUET_FILE, help="With --all: a Parquet file.")
@click.option("--resume", is_flag=True, help="With --all: continue an interrupted call.")
@max_memory_option("With --all: most memory that a part may take, here or in each of --workers.")
@engine_options
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
    everyone: bool,
    out: Path | None,
    resume: bool,
    max_memory: int,
    engine: str,
    workers: int | None,
    ray_address: str | None,
    with_reasons: bool,
    explainer: str | None,
    dataset: Path | None,
    register: Register,
    quotes: Quotes,
    as_json: bool,
    **machine: Any,
) -> None:
    """Items that the user did not like in training, best first."""
    _check_words(ctx)
    from ..api import load_run
    from ..engines.chosen import engine_of
    from ..profile import Profile

    chosen = engine_of(engine, workers, ray_address)
    person = None if profile is None else Profile.read(profile)  # before the run is read
    with progress() as tell:
        loaded = load_run(
            run, options=run_options(tell=tell, max_memory=max_memory, **machine), registry=registry_of(ctx), dataset=dataset
        )
        if out is not None:
            if_stopped(ctx, lambda: "what is done is kept: go on with --resume")
            _list_everyone(loaded, out, as_json, k, resume, chosen)
            return
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


def _check_words(ctx: click.Context) -> None:
    """Somebody, or --all with what goes with it."""
    given = ctx.params
    if given["everyone"]:
        if given["out"] is None or any(given[name] for name in ("user", "profile")):
            raise click.UsageError("--all goes with --out FILE.parquet, and without --user and --profile.")
        if given["with_reasons"]:
            raise click.UsageError("--explain of everybody: pyexplain explain RUN --all --out FILE.parquet")
        return
    refuse_without(ctx, "--all", ("out", "resume", "max_memory", *ENGINE))
    if (given["user"] is None) == (given["profile"] is None):
        raise click.UsageError("Say who: --user USER or --profile FILE, one of the two, or --all --out FILE.parquet.")


def _list_everyone(run: Run, out: Path, as_json: bool, *asked: Any) -> None:
    """What everyone_listed.recommend_everyone is asked, behind the file."""
    from ..everyone_listed import recommend_everyone
    from ..statements.english import number

    with telling_replaced(out, "file"):
        count = recommend_everyone(run, out, *asked)
    if as_json:
        print_json({"schema": 2, "file": str(out), "recommendations": count})
    say(f"{number(count, 'recommendation')} in {out}")
