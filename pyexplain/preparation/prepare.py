"""From files of reviews, interactions or mentions to a data set: read, split, learn from training reviews, extract, build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data.build import build_dataset, in_parts, liked_in
from ..data.kinds import KINDS, WORD, chosen_kinds
from ..data.room import MEMORY, Room
from ..data.said import SaidInReviews
from ..data.types import Dataset
from ..errors import UsageError
from ..extraction.learn import learn_lexicon
from ..extraction.lexicon import Lexicon
from ..extraction.report import extraction_report
from ..given import gives
from ..readers.base import MentionTable, Reader
from ..readers.read_log import ReadReport
from ..readers.review_rows import NO_TEXT
from ..readers.scale import USUAL
from ..registry import Registry
from .extracted import Extracted
from .mentions import Wanted, all_mentions, read_by_workers
from .open import Given, ReviewSource, find_reader, open_mentions, open_reviews
from .parts import GIVEN, parts_of, with_split
from .people import find_people, with_what_people_are
from .settings import PrepareOptions
from .titles import find_titles, with_what_is_said

Tell = Callable[[str, int, int], None]


def _silent(label: str, done: int, total: int) -> None:
    """Nobody listens."""


def prepare(paths: Sequence[Given], options: PrepareOptions, registry: Registry, tell: Tell = _silent) -> Dataset:
    """A data set from review files or data frames, looked at three times: who reviewed what, what can be learned, what is said.

    heldout: the vocabulary of features and the polarity of opinions are learned from training reviews alone. paper: from all
    positive reviews, as published. Where there is no text at all, or words are not wanted (options.kinds), there are no words: what
    can be explained by is history, and attributes. Raises DataError for files that cannot be read and for too little to train on.
    """
    source = open_reviews(paths, registry, options.format, options.read)
    with options.begun() as options:
        return _prepared(source, options, registry, tell)


def _prepared(source: ReviewSource, options: PrepareOptions, registry: Registry, tell: Tell) -> Dataset:
    interactions = source.interactions(options.room, _looked_at_here(source, options) and WORD in options.kinds)
    options, read = options.on(source.options), source.report
    options = with_split(interactions, options)
    titles = find_titles(options, registry, interactions["item"].cat.categories)  # before the long part: a wrong file is soon told
    people = find_people(options, registry, interactions["user"].cat.categories)
    report: dict[str, object] = {"read": read.to_json()}
    if WORD not in options.kinds or read.notes.get(NO_TEXT, 0) >= read.handed_on:
        interactions["part"] = parts_of(interactions, options).array
        mentions = None
    else:
        mentions, report["extraction"] = _mentions(source, interactions, options, tell)
    tell("preparing", 3, 4)
    settings = options.settings(", ".join(path.name for path, _ in source.files))
    tables = [mentions, interactions]  # handed over, not shared: each is let go of as soon as it is in the data set
    del mentions, interactions
    data = build_dataset(options.name, tables.pop(), tables.pop(), options.protocol, settings, report, options.room)  # type: ignore[arg-type]
    _say_parts(data, options)
    tell("preparing", 4, 4)
    return with_what_people_are(with_what_is_said(data, titles, options), people, options)


def _looked_at_here(source: ReviewSource, options: PrepareOptions) -> bool:
    """Whether texts are kept from the first reading on: not where the workers of an engine will read the files themselves."""
    return options.engine is None or not read_by_workers(source)


def _mentions(
    source: ReviewSource, interactions: pd.DataFrame, options: PrepareOptions, tell: Tell
) -> tuple[SaidInReviews, dict[str, object]]:
    """What is said in the reviews, and the report of it; `part` is added to the interactions on the way."""
    lexicon = _learned(source, interactions, options, tell)
    used = _looked_at(interactions, ["train", "test"], options)
    wanted = Wanted.of(interactions, used, options.room)
    mentions = all_mentions(source, wanted, lexicon, options.workers, options.engine, options.room)
    source.kept = None  # nobody looks at the texts again: their room is the data set's
    return mentions, extraction_report(int(used.sum()), mentions, lexicon).to_json()


def extract(
    paths: Sequence[Path], options: PrepareOptions, registry: Registry, tell: Tell = _silent
) -> tuple[MentionTable, ReadReport]:
    """Mentions of every review, with its part in `split`, for other programs, learned from what `prepare` learns from; and what was
    met on the way. Raises DataError as `prepare` does.
    """
    found, read = extract_parts(paths, options, registry, tell)
    return found.parts().whole(), read


def extract_parts(
    paths: Sequence[Path], options: PrepareOptions, registry: Registry, tell: Tell = _silent
) -> tuple[Extracted, ReadReport]:
    """The same, part by part: a writer among the readers (`Reader.write_parts`) makes a file of it."""
    source = open_reviews(paths, registry, options.format, options.read)
    with options.begun() as options:
        return _extracted(source, options, tell)


def _extracted(source: ReviewSource, options: PrepareOptions, tell: Tell) -> tuple[Extracted, ReadReport]:
    interactions = source.interactions(options.room, _looked_at_here(source, options))
    options, read = with_split(interactions, options.on(source.options)), source.report
    lexicon = _learned(source, interactions, options, tell)
    used = in_parts(interactions, ["train", "valid", "test"], options.room)
    wanted = Wanted.of(interactions, used, options.room)
    mentions = all_mentions(source, wanted, lexicon, options.workers, options.engine, options.room)
    extraction_report(int(used.sum()), mentions, lexicon)  # an error where nothing was found
    tell("preparing", 4, 4)
    return Extracted(interactions, wanted.rows, mentions), read


def writer_of(format: str, registry: Registry) -> Reader:
    """The reader of this name, which must be one that writes; UsageError with the names of those that do."""
    classes = {name: cls for name, cls in registry.classes("reader").items() if gives(cls, Reader, "write")}
    if format not in classes:
        raise UsageError(f"format {format} cannot be written", where="option --to", hint=f"Known: {', '.join(sorted(classes))}.")
    writer: Reader = classes[format]()
    return writer


def _learned(source: ReviewSource, interactions: pd.DataFrame, options: PrepareOptions, tell: Tell) -> Lexicon:
    """The lexicon of the reviews that may be learned from; `part` is added to the interactions on the way."""
    tell("preparing", 1, 4)
    interactions["part"] = parts_of(interactions, options).array
    seen = _looked_at(interactions, ["train"], options)
    lexicon = learn_lexicon(source.chunks(Wanted.of(interactions, seen, options.room).marks), options.extract)
    tell("preparing", 2, 4)
    return lexicon


def _looked_at(interactions: pd.DataFrame, parts: list[str], options: PrepareOptions) -> npt.NDArray[np.bool_]:
    """Which interactions may be looked at: those of these parts; as published, all that are positive."""
    if options.protocol == "heldout":
        return in_parts(interactions, parts, options.room)
    return liked_in(interactions, options.liked, options.room)


def import_data(path: Path, options: PrepareOptions, registry: Registry, tell: Tell = _silent) -> Dataset:
    """A data set from mentions that another program found, or from a folder that fixes split and features itself."""
    reader = find_reader(path, registry, options.format, ("mentions", "dataset"), options.read)
    if options.read.fold and not reader.takes_fold:
        raise UsageError(f"format {reader.name} has no folds", where="--fold", hint="Folds lie beside reviews.pickle.")
    if reader.kind == "dataset":
        whole = reader.read_dataset(path, options.name, options.seed)
        people = find_people(options, registry, whole.users.names)
        said = with_what_is_said(whole, find_titles(options, registry, whole.items.names), options)
        return with_what_people_are(said, people, options)
    table, read = open_mentions(path, registry, options.format, replace(options.read, room=options.room))
    options = options.on(options.read.on(read.scale))
    interactions, mentions = table.interactions.copy(), [table.mentions]
    del table
    titles = find_titles(options, registry, interactions["item"].unique())
    people = find_people(options, registry, interactions["user"].unique())
    options = with_split(interactions, options)
    interactions["part"] = parts_of(interactions, options).array
    tell("importing", 1, 2)
    settings = options.settings(path.name)
    tables = [mentions.pop(), interactions]  # handed over, as in prepare
    del interactions
    report: dict[str, object] = {"read": read.to_json()}
    data = build_dataset(options.name, tables.pop(), tables.pop(), options.protocol, settings, report, options.room)  # type: ignore[arg-type]
    _say_parts(data, options)
    tell("importing", 2, 2)
    return with_what_people_are(with_what_is_said(data, titles, options), people, options)


def _say_parts(data: Dataset, options: PrepareOptions) -> None:
    """Note in the report, for the terminal, what the ratings mean on another scale than 1..5, and which parts are empty."""
    said = ["the parts (train, valid, test) are those that the files give"] if options.split == GIVEN else []
    if options.read.scale != USUAL and options.min_rating is None:
        said.append(f"liked are ratings from {options.liked:g} on")
    if not len(data.valid):
        said.append("the validation part is empty: training keeps the last epoch, and no epoch can be chosen")
    if not len(data.test):
        said.append("the test part is empty: nothing can be evaluated")
    read = data.report["read"]
    if isinstance(read, dict):
        read["assumed"] = [*read["assumed"], *said]


def options_from(told: dict[str, object], name: str) -> PrepareOptions:
    """Options from those of the command line, by their names there."""
    from .options import attribute_options, column_names, extract_options, read_options, workers_of

    return PrepareOptions(
        name=name,
        format=str(told["format_"]),
        protocol="paper" if told["protocol"] == "paper" else "heldout",
        split=str(told["split"] or "auto"),
        kinds=chosen_kinds(part.strip() for part in str(told.get("kinds") or ",".join(KINDS)).split(",")),
        seed=int(str(told["seed"])),
        min_rating=None if told["min_rating"] is None else float(str(told["min_rating"])),
        unmentioned="literal" if told["unmentioned"] == "literal" else "zero",
        workers=int(str(told.get("workers") or 0)),
        room=Room(int(str(told.get("max_memory") or MEMORY))),
        engine=workers_of(str(told.get("engine") or "local"), told.get("workers"), told.get("ray_address")),
        read=read_options(told),
        extract=extract_options(told),
        items=tuple(told.get("items") or ()),  # type: ignore[arg-type]
        attributes=attribute_options(told),
        never=tuple(part for name in str(told.get("never") or "").split(",") if (part := name.strip())),
        people=tuple(told.get("people") or ()),  # type: ignore[arg-type]
        people_attributes=attribute_options(told, "people_attributes"),
        people_columns=column_names(str(told.get("people_columns") or ""), "--user-columns", "id=customer"),
        item_columns=column_names(str(told.get("item_columns") or ""), "--item-columns", "id=asin,title=name"),
    )
