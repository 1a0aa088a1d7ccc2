"""pyexplain explain"""

from __future__ import annotations

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
from .complete import ids
from .options import ENGINE, engine_options, explainer_option, explainer_set_option, moved_option, refuse_without, user_option
from .replaced import telling_replaced
from .telling import profile_option, telling_options
from .types import PARQUET_FILE, SIZE

if TYPE_CHECKING:
    from ..present.list_explanation import ListExplanation
    from ..run import Run
    from ..statements.types import Quotes, Register


@click.command(name="explain", short_help="Why one item rather than another.")
@click.argument("run", type=click.Path(path_type=Path))
@user_option
@profile_option
@click.option("--item", shell_complete=ids("item"), help="The item that is shown.")
@click.option("--against", shell_complete=ids("item"), help="The item to compare with [default: the next in the full ranking].")
@explainer_option
@explainer_set_option
@click.option(
    "--level",
    type=click.Choice(["item", "list"]),
    default="item",
    show_default=True,
    help="list = why the user is shown the first -k items as a whole, and what would change them.",
)
@click.option("--all", "everyone", is_flag=True, help="Explain each user's best items (or list), into --out.")
@click.option("--out", type=PARQUET_FILE, help="With --all: a Parquet file.")
@click.option("-k", "k", type=click.IntRange(1), default=10, show_default=True, help="With --all or --level list: items per user.")
@click.option(
    "--top",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="With --all or --level list: features per pair (beside those that have to change), or per list.",
)
@click.option("--resume", is_flag=True, help="With --all: continue an interrupted call.")
@click.option(
    "--max-memory",
    type=SIZE,
    default="512M",
    show_default=True,
    help="Most memory that a batch may take; with --all, all of them (256M and more).",
)
@engine_options
@moved_option
@click.option(
    "--until",
    metavar="above|first|leaves-top-K",
    help="What the change has to reach: the other item above, first of the whole catalogue, or ITEM out of the first K "
    "[default: what the explainer is made for].",
)
@telling_options("analyst")
@json_option
@machine_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    run: Path,
    user: str | None,
    profile: Path | None,
    item: str | None,
    against: str | None,
    explainer: str | None,
    pairs: tuple[str, ...],
    level: str,
    everyone: bool,
    out: Path | None,
    k: int,
    top: int,
    resume: bool,
    max_memory: int,
    engine: str,
    workers: int | None,
    ray_address: str | None,
    dataset: Path | None,
    until: str | None,
    register: Register,
    quotes: Quotes,
    as_json: bool,
    **machine: Any,
) -> None:
    """Why the user is shown ITEM and not the other: a sentence, the features with their change, and review sentences.

    The contribution of a feature is what it adds to the lead of ITEM over the other, in units of scores: integrated gradients of
    R(user, ITEM) - R(user, other) on the way from no features to the user's; they add up to the lead less that without features.

    With --level list: which features carry the user's first items as a whole, and which items would be others without each.

    For example: pyexplain explain runs/cnr-demo-0 --user U000300 --item B000066
    """
    _check_words(ctx)
    from ..api import load_run
    from ..engines.chosen import engine_of
    from ..explainers.counterfactual.until import Until
    from ..profile import Profile

    settings = parse_settings(pairs, None, "--explainer-set")
    person = None if profile is None else Profile.read(profile)  # before the run is read
    reach = None if until is None else Until.parse(until)  # before the run is read
    chosen = engine_of(engine, workers, ray_address)
    with progress() as tell:
        options = run_options(tell=tell, max_memory=max_memory, **machine)
        loaded = load_run(run, options=options, registry=registry_of(ctx), dataset=dataset)
        if everyone:
            if_stopped(ctx, lambda: "what is done is kept: go on with --resume")
            assert out is not None
            if level == "list":
                _tell_all_lists(loaded, out, as_json, k, top, explainer, resume, settings, chosen)
            else:
                _tell_everyone(loaded, out, as_json, k, top, explainer, resume, quotes, reach, register, settings, chosen)
            return
        if person is not None:
            loaded = loaded.knowing(person)
            user = loaded.data.users[-1]
        assert user is not None
        if level == "list":
            _tell_list(loaded.explain_list(user, k, explainer, top, settings), register, as_json)
            return
        assert item is not None
        found = loaded.explain(user, item, against, explainer, quotes=quotes, until=until, settings=settings)
    if as_json:
        print_json(found.to_dict(register))
    elif register == "customer":
        show(found.said())
    else:
        show(found.table())


def _check_words(ctx: click.Context) -> None:
    """Either a pair, or a list, or --all with what goes with it."""
    given = ctx.params
    whole = given["level"] == "list"
    if whole and (stray := [name for name in ("item", "against", "until") if given[name]]):
        raise click.UsageError(f"--{stray[0]} is asked of an item: leave it out, or --level list.")
    if given["everyone"]:
        if given["out"] is None or any(given[name] for name in ("user", "profile", "item", "against")):
            raise click.UsageError("--all goes with --out FILE.parquet, and without --user, --profile, --item and --against.")
        return
    of_all = ("resume", "out", *ENGINE) if whole else ("k", "top", "resume", "out", *ENGINE)
    refuse_without(ctx, "--all", of_all)
    if whole and (given["user"] is None) == (given["profile"] is None):
        raise click.UsageError("Say whose list with --user (or --profile FILE), or explain all with --all --out FILE.parquet.")
    if not whole and ((given["user"] is None) == (given["profile"] is None) or given["item"] is None):
        raise click.UsageError(
            "Name a pair with --user (or --profile FILE) and --item, or explain everyone with --all --out FILE.parquet."
        )


def _tell_list(found: ListExplanation, register: Register, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
    elif register == "customer":
        show(found.said())
    else:
        show(found.table())


def _tell_all_lists(run: Run, out: Path, as_json: bool, *asked: Any) -> None:
    """What everyone.explain_lists is asked, behind the file."""
    from ..everyone import explain_lists

    with telling_replaced(out, "file"):
        count = explain_lists(run, out, *asked)
    if as_json:
        print_json({"schema": 2, "file": str(out), "lists": count})
    say(f"{count} lists in {out}")


def _tell_everyone(run: Run, out: Path, as_json: bool, *asked: Any) -> None:
    """What everyone.explain_everyone is asked, behind the file."""
    from ..everyone import explain_everyone

    with telling_replaced(out, "file"):
        count = explain_everyone(run, out, *asked)
    if as_json:
        print_json({"schema": 2, "file": str(out), "explanations": count})
    say(f"{count} explanations in {out}")
