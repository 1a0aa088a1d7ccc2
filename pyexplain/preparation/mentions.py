"""All mentions of review files, by as many processes as pay, or by an engine; kept in memory or on disk as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..data.room import IN_MEMORY, Room
from ..data.said import FOUND, SaidInReviews
from ..data.types import Reviews
from ..data.views import blocks
from ..engines.base import Engine
from ..errors import DataError
from ..extraction.extract import Extractor, ExtractStart, extract_batches
from ..extraction.lexicon import Lexicon
from ..limits import cores
from .open import Mask, ReviewSource

MANY_FILES = 8  # from so many on, an engine's workers read them
Int = npt.NDArray[np.int64]
J = TypeVar("J")
Job = Reviews | tuple[ReviewSource, Mask]
WORTH_WORKERS = 20_000  # reviews below which starting processes takes longer than it saves


@dataclass(frozen=True, eq=False)
class Wanted:
    """Reviews to look at: rows [n] of the table of interactions, ascending, and marks of their reviews in a whole reading."""

    rows: Int
    marks: Mask

    @staticmethod
    def of(interactions: pd.DataFrame, marked: Mask, room: Room = IN_MEMORY) -> Wanted:
        """The marked interactions, `row` being the review of each, ascending. room: where arrays go that are too large."""
        row = interactions["row"].to_numpy()
        marks = room.made(int(row[-1]) + 1 if len(row) else 0, np.bool_, lambda part: False)
        for part in blocks(len(row)):
            marks[row[part][marked[part]]] = True
        return Wanted(room.where(len(row), lambda part: marked[part]), marks)


def all_mentions(
    source: ReviewSource,
    wanted: Wanted,
    lexicon: Lexicon,
    workers: int = 0,
    engine: Engine | None = None,
    room: Room | None = None,
) -> SaidInReviews:
    """The mentions of the reviews that are wanted, with the rows of their interactions; workers: processes, 0 = as many as pay.
    engine: who extracts in place of them.

    DataError where the files are not any more what they were when they were read first.
    """
    found = SaidInReviews(room)
    if engine is not None:
        _by_engine(found, engine, source, wanted, lexicon)
        return found
    counts: list[int] = []
    workers = workers or (cores() if len(wanted.rows) >= WORTH_WORKERS else 1)
    start = 0
    chunks = _counted(_marked(source, wanted.marks), len, counts)
    for batch, count in zip(extract_batches(chunks, lexicon, workers), counts, strict=True):
        found.add(_placed(batch, wanted.rows[start : start + count]))
        start += count
    _check(start, wanted)
    return found


def read_by_workers(source: ReviewSource) -> bool:
    """Whether an engine's workers read the files themselves."""
    return len(source.files) >= MANY_FILES


def _by_engine(found: SaidInReviews, engine: Engine, source: ReviewSource, wanted: Wanted, lexicon: Lexicon) -> None:
    """The mentions of each job in the order of the jobs, in whatever order they are done: of many files, each is one, and is read
    where it is extracted from; of few, each chunk, read here."""
    start, counts = _Start(ExtractStart.of(lexicon)), list[int]()
    many = read_by_workers(source)
    jobs: Iterator[Job] = source.by_file(wanted.marks) if many else _marked(source, wanted.marks)
    here: list[Callable[[Job], pa.RecordBatch]] = []  # made ready with the first job that is done in this process

    def do(job: Job) -> pa.RecordBatch:
        here[:] = here or [start()]
        return here[0](job)

    at: dict[int, int] = {}  # job -> its batch
    for number, batch in engine.results(do, lambda: start, _counted(jobs, _reviews_of, counts)):
        first = sum(counts[:number])
        at[number] = found.add(_placed(batch, wanted.rows[first : first + counts[number]]))
    found.rows.arrange([at[number] for number in sorted(at)])
    _check(sum(counts), wanted)


def _counted(jobs: Iterable[J], count: Callable[[J], int], counts: list[int]) -> Iterator[J]:
    """The jobs, with the number of reviews of each written down when it is handed on."""
    for job in jobs:
        counts.append(count(job))
        yield job


def _reviews_of(job: Job) -> int:
    return len(job) if isinstance(job, Reviews) else int(job[1].sum())


def _placed(found: pa.RecordBatch, rows: Int) -> pa.RecordBatch:
    """With rows of interactions in place of those of the job's reviews."""
    if len(found) and found.column(0)[-1].as_py() >= len(rows):
        raise _changed()
    place = pa.array(rows[found.column(0).to_numpy()], FOUND.field(0).type)
    return pa.record_batch([place, *found.columns[1:]], schema=FOUND)


def _check(seen: int, wanted: Wanted) -> None:
    if seen != len(wanted.rows):
        raise _changed()


def _changed() -> DataError:
    return DataError("the review files changed while they were read", hint="Prepare them again when nobody writes to them.")


@dataclass(frozen=True)
class _Start:
    """What a worker starts with."""

    extract: ExtractStart

    def __call__(self) -> Callable[[Job], pa.RecordBatch]:
        extractor = self.extract()

        def do(job: Job) -> pa.RecordBatch:
            return extractor.batch(job) if isinstance(job, Reviews) else _of_file(extractor, *job)

        return do


def _of_file(extractor: Extractor, source: ReviewSource, marks: Mask) -> pa.RecordBatch:
    """The mentions of a file in one batch; DataError where it holds fewer reviews than before."""
    batches, start = [], 0
    for chunk in _marked(source, marks):
        found = extractor.batch(chunk)
        batches.append(_placed(found, np.arange(start, start + len(chunk))))
        start += len(chunk)
    if start != marks.sum():
        raise _changed()
    whole = pa.Table.from_batches(batches, FOUND).unify_dictionaries().combine_chunks()
    return whole.to_batches()[0] if len(whole) else pa.record_batch([pa.array([], field.type) for field in FOUND], schema=FOUND)


def _marked(source: ReviewSource, wanted: Mask) -> Iterator[Reviews]:
    return (chunk for chunk in source.chunks(wanted) if len(chunk))
