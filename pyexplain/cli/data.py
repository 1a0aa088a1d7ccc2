"""pyexplain data: demo, prepare, extract, import, audit, report, users, items, forget, upgrade"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import click

from .common import json_option, print_json, progress, registry_of, say, show
from .listing import items_command, users_command
from .options import which_engine_options
from .reading import PATH, fold_option, reading_options
from .replaced import telling_replaced
from .types import SEED, SIZE, WORKERS


@click.group(name="data", short_help="Prepare, import, audit and report data sets; list and forget people.")
def command() -> None:
    """From files of reviews, or of mentions, to a data set folder that the other commands read."""


@command.command(name="demo")
@click.option("--out", type=PATH, required=True, help="Folder for the review file, items.jsonl and truth.json.")
@click.option("--users", type=click.IntRange(10), help="How many users.")
@click.option("--items", type=click.IntRange(10), help="How many items.")
@click.option("--features", type=click.IntRange(5), help="How many features people may write about.")
@click.option("--reviews", type=click.IntRange(20), help="How many reviews in all.")
@click.option("--seed", type=SEED, default=0, show_default=True)
@json_option
def demo(out: Path, as_json: bool, **sizes: Any) -> None:
    """Write made-up reviews in Amazon's format, with the truth that was planted in them."""
    from ..data.demo import ITEMS_FILE, write_demo

    with progress() as tell:
        path = write_demo(out, progress=tell, **{name: size for name, size in sizes.items() if size is not None})
    items = out / ITEMS_FILE
    if as_json:
        print_json({"schema": 2, "reviews": str(path), "items": str(items), "truth": str(out / "truth.json")})
        return
    say(f"{path}\n{items}\n{out / 'truth.json'}")
    say(f"Next: pyexplain data prepare {path} --items {items} --out {out / 'dataset'}")


def items_options(function: Any) -> Any:
    """--items, --item-columns, --attributes, --max-values and --never; --users, --user-columns and --user-attributes."""
    for option in (
        click.option(
            "--user-attributes",
            "people_attributes",
            metavar="NAME,...",
            default="",
            help="Attributes of users to learn from (age, region, ...); nobody is ever told of them.",
        ),
        click.option("--user-columns", "people_columns", metavar='"id=THEIRS"', help="What the file of users calls a user's id."),
        click.option(
            "--users",
            "people",
            type=PATH,
            multiple=True,
            help="Attributes of users: a table, Parquet, JSON lines, RecBole .user; may be repeated.",
        ),
        click.option(
            "--max-values", type=click.IntRange(1), help="Most values of an attribute; the most frequent are kept [default: 50]."
        ),
        click.option(
            "--never",
            metavar="NAME,...",
            default="",
            help="Features, or attributes with all their values, that nobody is told of; age, gender, religion and the like "
            "never are.",
        ),
        click.option(
            "--attributes", metavar="NAME,...", default="", help="Attributes of items to keep [default: all that are fit]."
        ),
        click.option(
            "--item-columns", metavar='"id=THEIRS,title=THEIRS"', help="What the file of items calls an item's id and title."
        ),
        click.option(
            "--items",
            type=PATH,
            multiple=True,
            help="Titles and attributes of items: a table, Parquet, JSON lines, Amazon metadata, RecBole .item, MovieLens; "
            "may be repeated.",
        ),
    ):
        function = option(function)
    return function


def splitting_options(function: Any) -> Any:
    """--protocol and --split."""
    for option in (
        click.option(
            "--split",
            type=click.Choice(["random", "temporal", "leave-last", "given"]),
            help="How held-out reviews are chosen; given: by a column split, or by files named train, valid, test "
            "[default: given where the files give one, else random].",
        ),
        click.option(
            "--protocol",
            type=click.Choice(["heldout", "paper"]),
            default="heldout",
            show_default=True,
            help="heldout: features from training reviews only. paper: from all, as published.",
        ),
        click.option(
            "--unmentioned",
            type=click.Choice(["zero", "literal"]),
            default="zero",
            show_default=True,
            help="How eq. (1) reads a count of 0.",
        ),
    ):
        function = option(function)
    return function


memory_option = click.option(
    "--max-memory",
    type=SIZE,
    default="512M",
    show_default=True,
    help="Most memory that what is found in texts, and lists of items, may take; what is more goes to disk beside --out.",
)


def extraction_options(function: Any) -> Any:
    """Options of everything that finds features in texts."""
    for option in (
        click.option("--max-features", type=click.IntRange(2), help="Most features to keep; the most frequent are kept."),
        click.option("--min-count", type=click.IntRange(1), help="Least number of reviews that must mention a feature."),
        click.option(
            "--min-pair",
            type=click.IntRange(1),
            help="Least number of reviews in which an opinion word describes a feature [default: grows with their number].",
        ),
        click.option(
            "--features",
            "features_file",
            type=PATH,
            help="Your own vocabulary: one feature per line, synonyms after it, separated by commas.",
        ),
        click.option("--stop-features", default="", help="Features to leave out, separated by commas."),
        click.option(
            "--keep",
            default="",
            help="Features to keep although they were filtered out (the report lists those), separated by commas.",
        ),
        click.option(
            "--no-merge-synonyms", is_flag=True, help='Synonyms and short forms ("mic", "microphone") stay features of their own.'
        ),
        click.option("--merge", multiple=True, metavar='"A,B"', help="Count B as A; may be repeated."),
        click.option("--lexicon", type=PATH, help="Another language: a JSON file of word lists (docs/extraction.md)."),
        click.option("--workers", type=WORKERS, help="Processes [default: all cores]."),
        memory_option,
    ):
        function = option(function)
    return function


def _inputs(reviews: tuple[Path, ...], told: dict[str, Any]) -> list[Path]:
    """Every file that a command reads: none of them may be its output, or in it."""
    given = [value for values in told.values() for value in (values if isinstance(values, tuple) else (values,))]
    return [*reviews, *(value for value in given if isinstance(value, Path))]


@command.command(name="prepare")
@click.argument("reviews", nargs=-1, required=True, type=PATH)
@click.option("--format", "format_", default="auto", show_default=True, help="Name of a reader; auto looks at the first lines.")
@click.option("--kinds", metavar="KIND,...", help="Kinds of features to keep: word, attribute; history is always there.")
@items_options
@extraction_options
@which_engine_options
@reading_options
@splitting_options
@click.pass_context
def prepare_command(ctx: click.Context, /, reviews: tuple[Path, ...], out: Path, as_json: bool, **told: Any) -> None:
    """From files of reviews or interactions to a data set: features are found in the texts, with the opinion on each.

    Without texts there are no words: what people liked, and attributes of items, are the reasons.

    For example: pyexplain data prepare reviews.json.gz --out dataset/
    """
    from ..data.store import KIND, fill_dataset, new_dataset
    from ..preparation.prepare import options_from, prepare

    gc.freeze()  # what was imported stays: looking through it again and again costs a twentieth of the time

    options = options_from(told, name=told["name"] or out.resolve().name)
    with telling_replaced(out, KIND), new_dataset(out, _inputs(reviews, told)) as folder, progress() as tell:
        fill_dataset(prepare(list(reviews), options.beside(folder), registry_of(ctx, "reader"), tell), folder)
    _print_report(out, as_json)


@command.command(name="extract")
@click.argument("reviews", nargs=-1, required=True, type=PATH)
@click.option("--format", "format_", default="auto", show_default=True, help="Name of a reader; auto looks at the first lines.")
@click.option("--to", default="mentions-csv", show_default=True, help="Format that is written: any reader that can write.")
@extraction_options
@reading_options
@splitting_options
@click.pass_context
def extract_command(ctx: click.Context, /, reviews: tuple[Path, ...], to: str, out: Path, as_json: bool, **told: Any) -> None:
    """From review files to a file of mentions that other programs read; --out is that file.

    For example: pyexplain data extract reviews.json.gz --to cornac --out mentions.txt
    """
    from ..data.files import new_file
    from ..preparation.prepare import extract_parts, options_from, writer_of
    from ..present.dataset import reading_lines

    gc.freeze()  # as in prepare

    registry = registry_of(ctx, "reader")
    writer = writer_of(to, registry)
    with telling_replaced(out, "file"), new_file(out, inputs=_inputs(reviews, told)) as draft, progress() as tell:
        options = options_from(told, name=told["name"] or out.stem).beside(draft.parent)
        found, read = extract_parts(list(reviews), options, registry, tell)
        writer.write_parts(found.parts(), draft)
    counts = {"file": str(out), "format": to, "reviews": len(found.rows), "mentions": len(found.said), "read": read.to_json()}
    if as_json:
        print_json(counts)
    else:
        lines = reading_lines(read.to_json())
        say("\n".join([*lines, f"{out}: {len(found.rows):,} reviews, {len(found.said):,} mentions"]))


@command.command(name="import")
@click.argument("format_", metavar="FORMAT")
@click.argument("path", type=PATH)
@items_options
@fold_option
@memory_option
@reading_options
@splitting_options
@click.pass_context
def import_command(ctx: click.Context, /, format_: str, path: Path, out: Path, as_json: bool, **told: Any) -> None:
    """From mentions that another program found, or the paper authors' folder, to a data set.

    For example: pyexplain data import paper-pickles folder/ --out dataset/
    """
    from ..data.store import KIND, fill_dataset, new_dataset
    from ..preparation.prepare import import_data, options_from

    options = options_from(told | {"format_": format_}, name=told["name"] or out.resolve().name)
    with telling_replaced(out, KIND), new_dataset(out, _inputs((path,), told)) as folder, progress() as tell:
        fill_dataset(import_data(path, options.beside(folder), registry_of(ctx, "reader"), tell), folder)
    _print_report(out, as_json)


@command.command(name="report")
@click.argument("dataset", type=PATH)
@click.option("--plot", type=PATH, help="Also draw the long tail of features into this SVG file.")
@json_option
def report_command(dataset: Path, plot: Path | None, as_json: bool) -> None:
    """What was read, kept and dropped, and what was found, once more."""
    if plot is not None:
        from ..data.files import write_text
        from ..data.store import load_dataset
        from ..present.tail import tail_picture

        write_text(plot, tail_picture(load_dataset(dataset)))
    _print_report(dataset, as_json)


def _print_report(dataset: Path, as_json: bool) -> None:
    from ..data.store import load_dataset
    from ..present.dataset import dataset_document, dataset_report

    data = load_dataset(dataset)
    if as_json:
        print_json(dataset_document(data))
    else:
        show(*dataset_report(data))


@command.command(name="audit")
@click.argument("dataset", type=PATH)
@json_option
def audit_command(dataset: Path, as_json: bool) -> None:
    """Look for leaks and other problems that make results unreliable; each is named with counts."""
    from ..data.audit import audit
    from ..data.store import load_dataset
    from ..present.audit import audit_document, audit_table

    data = load_dataset(dataset)
    findings = audit(data)
    if as_json:
        print_json(audit_document(data, findings))
    else:
        show(*audit_table(data, findings))


@command.command(name="forget")
@click.argument("dataset", type=PATH)
@click.option("--user", "users", multiple=True, required=True, help="A user id of the data set; may be repeated.")
@click.option("--out", type=PATH, help="Write a new folder, and leave DATASET as it is [default: DATASET itself is replaced].")
@json_option
def forget_command(dataset: Path, users: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Take people out of a data set: pairs, mentions, features, candidate lists, and what they added to the features of items.

    What is left is as if it had been built without them. Runs that were made before say so and are not loaded.
    """
    from ..data.forget import forget
    from ..data.store import fill_dataset, load_dataset, new_dataset
    from ..present.forgotten import forgotten_document, forgotten_lines

    place = out or dataset.resolve()
    with new_dataset(place, [dataset] if out else []) as folder:  # no other writer between reading and replacing
        before = load_dataset(dataset)
        after = forget(before, users)
        fill_dataset(after, folder)
    if as_json:
        print_json(forgotten_document(before, after, place))
    else:
        show(*forgotten_lines(before, after, place))


@command.command(name="upgrade")
@click.argument("folder", type=PATH)
@json_option
def upgrade_command(folder: Path, as_json: bool) -> None:
    """Rewrite a data set folder of an older format in today's; older folders can be read as they are."""
    from ..data.formats import FORMAT
    from ..data.store import upgrade_dataset

    before = upgrade_dataset(folder)
    if as_json:
        print_json({"schema": 2, "folder": str(folder), "format": FORMAT, "before": before})
        return
    done = "nothing to do" if before == FORMAT else f"it was format {before}"
    say(f"{folder} has format {FORMAT}; {done}.")


command.add_command(users_command)
command.add_command(items_command)
