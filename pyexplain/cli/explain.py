"""pyexplain explain"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
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
from .options import (
    ENGINE,
    engine_options,
    explainer_option,
    explainer_set_option,
    max_memory_option,
    moved_option,
    refuse_without,
    user_option,
)
from .replaced import telling_replaced
from .telling import profile_option, telling_options
from .types import PARQUET_FILE

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..explainers.counterfactual.until import Until
    from ..present.explanation import PairExplanation
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
@max_memory_option(
    "Most memory that a batch may take; with --all, all of the process (256M and more), and each of --workers as much."
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
    profile: Path | None,
    pairs: tuple[str, ...],
    max_memory: int,
    engine: str,
    workers: int | None,
    ray_address: str | None,
    dataset: Path | None,
    **given: Any,
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
    from ..profile import Profile

    asked = Asked(parse_settings(pairs, None, "--explainer-set"), **{name: given.pop(name) for name in WORDS})
    reach = asked.reach()  # this and the profile before the run is read
    person, chosen = None if profile is None else Profile.read(profile), engine_of(engine, workers, ray_address)
    with progress() as tell:
        options = run_options(tell=tell, max_memory=max_memory, **given)
        loaded = load_run(run, options=options, registry=registry_of(ctx), dataset=dataset)
        if asked.everyone:
            if_stopped(ctx, lambda: "what is done is kept: go on with --resume")
            _explain_everyone(loaded, asked, reach, chosen)
            return
        if person is not None:
            loaded = loaded.knowing(person)
            asked = replace(asked, user=loaded.data.users[-1])
        found = _explained(loaded, asked)
    if asked.as_json:
        print_json(found)
    else:
        show(found)


@dataclass(frozen=True)
class Asked:
    """What is to be explained, and how it is told; settings: keys of the explainer. The others are called as the options are."""

    settings: dict[str, Any]
    user: str | None
    item: str | None
    against: str | None
    explainer: str | None
    level: str
    everyone: bool
    out: Path | None
    k: int
    top: int
    resume: bool
    until: str | None
    register: Register
    quotes: Quotes
    as_json: bool

    def reach(self) -> Until | None:
        """What --until asks for; UsageError for what it cannot be."""
        from ..explainers.counterfactual.until import Until

        return None if self.until is None else Until.parse(self.until)


WORDS = tuple(part.name for part in fields(Asked) if part.name != "settings")


def _check_words(ctx: click.Context) -> None:
    """Either a pair, or a list, or --all with what goes with it."""
    given = ctx.params
    whole = given["level"] == "list"
    if whole and (stray := [name for name in ("item", "against", "until") if given[name]]):
        raise click.UsageError(f"--{stray[0]} is asked of an item: leave out this, or --level list.")
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


def _explained(run: Run, asked: Asked) -> Any:
    """A pair, or a list, as it is told: a document, a sentence or a table."""
    assert asked.user is not None
    found: ListExplanation | PairExplanation
    if asked.level == "list":
        found = listed = run.explain_list(asked.user, asked.k, asked.explainer, asked.top, asked.settings)
        document = listed.to_dict
    else:
        assert asked.item is not None
        words = asked.user, asked.item, asked.against, asked.explainer
        found = pair = run.explain(*words, quotes=asked.quotes, until=asked.until, settings=asked.settings)
        document = partial(pair.to_dict, asked.register)
    if asked.as_json:
        return document()
    return found.said() if asked.register == "customer" else found.table()


def _explain_everyone(run: Run, asked: Asked, reach: Until | None, engine: Engine) -> None:
    """Everybody's items, or lists, into a file; and how many they are."""
    from ..everyone import explain_everyone, explain_lists
    from ..statements.english import number

    out, what = asked.out, "lists" if asked.level == "list" else "explanations"
    assert out is not None
    common = asked.k, asked.top, asked.explainer, asked.resume
    with telling_replaced(out, "file"):
        if what == "lists":
            count = explain_lists(run, out, *common, asked.settings, engine)
        else:
            count = explain_everyone(run, out, *common, asked.quotes, reach, asked.register, asked.settings, engine)
    if asked.as_json:
        print_json({"schema": 2, "file": str(out), what: count})
    say(f"{number(count, what.removesuffix('s'))} in {out}")
