"""All mentions of review files in one table, by as many processes as pay, or by an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from pandas.api.types import union_categoricals

from ..data.types import MENTION_COLUMNS, Mentions, Reviews
from ..engines.base import Engine
from ..extraction.extract import ExtractStart, extract_mentions
from ..extraction.lexicon import ExtractOptions, Lexicon
from ..limits import cores
from .open import Mask, ReviewSource

NAMES = ("user", "item", "feature", "opinion")
MANY_FILES = 8  # from so many on, an engine's workers read them
Job = Reviews | tuple[ReviewSource, Mask]
WORTH_WORKERS = 20_000  # reviews below which starting processes takes longer than it saves


def all_mentions(
    source: ReviewSource, wanted: Mask, lexicon: Lexicon, options: ExtractOptions, workers: int = 0, engine: Engine | None = None
) -> pd.DataFrame:
    """The mentions (MENTION_COLUMNS) of the reviews that are wanted; workers: processes, 0 = as many as pay. engine: who extracts
    in place of them.

    Names come as categories, since each is there many times and millions of strings would fill the memory.
    """
    if engine is None:
        workers = workers or (cores() if int(wanted.sum()) >= WORTH_WORKERS else 1)
        chunks = extract_mentions(_marked(source, wanted), lexicon, options, workers)
        frames = [_with_categories(found) for found in chunks]
    else:
        frames = _by_engine(engine, source, wanted, lexicon)
    return _joined(frames)


def _with_categories(found: Mentions) -> pd.DataFrame:
    return found.frame.astype(dict.fromkeys(NAMES, "category"))


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame({column: pd.Series(dtype="object") for column in MENTION_COLUMNS})
    names = {name: pd.Series(union_categoricals([frame.pop(name) for frame in frames])) for name in NAMES}
    rest = pd.concat(frames, ignore_index=True)
    return rest.assign(**names)[list(MENTION_COLUMNS)]


def _by_engine(engine: Engine, source: ReviewSource, wanted: Mask, lexicon: Lexicon) -> list[pd.DataFrame]:
    """The mentions of each job in the order of the jobs, in whatever order they are done: of many files, each is one, and is read
    where it is extracted from; of few, each chunk, read here."""
    start = _Start(ExtractStart.of(lexicon))
    jobs: Iterator[Job] = source.by_file(wanted) if len(source.files) >= MANY_FILES else _marked(source, wanted)
    here: list[Callable[[Job], pd.DataFrame]] = []  # made ready with the first job that is done in this process

    def do(job: Job) -> pd.DataFrame:
        here[:] = here or [start()]
        return here[0](job)

    found = dict(engine.results(do, lambda: start, jobs))
    return [found[number] for number in sorted(found)]


@dataclass(frozen=True)
class _Start:
    """What a worker starts with."""

    extract: ExtractStart

    def __call__(self) -> Callable[[Job], pd.DataFrame]:
        mentions = self.extract()

        def do(job: Job) -> pd.DataFrame:
            if isinstance(job, Reviews):
                return _with_categories(mentions(job))
            return _joined([_with_categories(mentions(chunk)) for chunk in _marked(*job)])

        return do


def _marked(source: ReviewSource, wanted: Mask) -> Iterator[Reviews]:
    return (chunk for chunk in source.chunks(wanted) if len(chunk))
