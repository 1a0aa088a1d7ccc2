"""Reviews to mentions, with a lexicon that was learned before. Memory is bounded by a few chunks, whatever the file's size."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
import pyarrow as pa

from ..data.json_file import read_object
from ..data.said import FOUND
from ..data.types import Mentions, Reviews
from ..engines.worker_pool import held, worker_pool
from ..errors import option
from ..limits import check_count, max_workers
from .lexicon import ExtractOptions, Lexicon
from .matcher import Matcher
from .tokens import asks, clean, sentences, tokens
from .turns import Turn

T = TypeVar("T")
UNDECIDED = 0.1  # a polarity nearer to zero than this is no sentiment
AHEAD = 2  # chunks a worker that may wait, so that no worker does


def sentiment(lexicon: Lexicon, feature: str, opinion: str, turn: Turn) -> float:
    """The learned side of the pair, turned as the words around it say: 1.0, -1.0, or 0.0 where it is not known."""
    if turn is Turn.BAD:
        return -1.0
    if turn is Turn.GOOD:
        return 1.0
    polarity = lexicon.polarity(feature, opinion)
    if abs(polarity) < UNDECIDED or turn is Turn.UNREAL:
        return 0.0
    side = 1.0 if polarity > 0 else -1.0
    return -side if turn is Turn.TURNED else side


class Extractor:
    """A lexicon made ready for matching."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.matcher = Matcher(lexicon)
        self.names = [feature.name for feature in lexicon.features]

    def mentions_of(self, text: str) -> list[tuple[str, str, float, str]]:
        """(feature, opinion, sentiment, sentence) of one review text; each (feature, opinion) once a sentence."""
        found = []
        text = clean(text)
        may_ask = "?" in text or not text.isascii()
        for sentence in sentences(text):
            if may_ask and asks(sentence):
                continue
            said = set()
            for judged in self.matcher.judgements(tokens(sentence)):
                name = self.names[judged.feature]
                side = sentiment(self.lexicon, name, judged.opinion, judged.turn)
                if side and self.lexicon.knows(name, judged.opinion) and (name, judged.opinion) not in said:
                    said.add((name, judged.opinion))
                    found.append((name, judged.opinion, side, sentence.strip()))
        return found

    def mentions(self, reviews: Reviews) -> Mentions:
        """The mentions of a chunk, in the order of its reviews and their sentences."""
        frame = reviews.frame
        rows = []
        for user, item, text in zip(frame["user"].tolist(), frame["item"].tolist(), frame["text"].tolist(), strict=True):
            rows += [(user, item, *mention) for mention in self.mentions_of(text)]
        return Mentions(_frame(rows))

    def batch(self, reviews: Reviews) -> pa.RecordBatch:
        """The same in columns (FOUND), where `row` is the place of the review in the chunk."""
        said = [(row, *mention) for row, text in enumerate(reviews.frame["text"].tolist()) for mention in self.mentions_of(text)]
        columns = zip(*said, strict=True) if said else [()] * len(FOUND)
        kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in FOUND]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        arrays = [
            array.dictionary_encode() if pa.types.is_dictionary(field.type) else array
            for array, field in zip(arrays, FOUND, strict=True)
        ]
        return pa.record_batch(arrays, schema=FOUND)


def _frame(rows: list[tuple[str, str, str, str, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    kinds = {"user": "str", "item": "str", "feature": "str", "opinion": "str", "sentiment": "float64", "sentence": "str"}
    return frame.astype(kinds)


def extract_mentions(
    chunks: Iterable[Reviews], lexicon: Lexicon, options: ExtractOptions | None = None, workers: int = 1
) -> Iterator[Mentions]:
    """The mentions of each chunk, in order; the same for any number of workers (at most max_workers())."""
    return _of_each(chunks, lexicon, Extractor.mentions, workers)


def extract_batches(chunks: Iterable[Reviews], lexicon: Lexicon, workers: int = 1) -> Iterator[pa.RecordBatch]:
    """The same as batches of FOUND."""
    return _of_each(chunks, lexicon, Extractor.batch, workers)


def _of_each(chunks: Iterable[Reviews], lexicon: Lexicon, find: Callable[[Extractor, Reviews], T], workers: int) -> Iterator[T]:
    check_count(workers, option("workers"), 1, max_workers())
    if workers == 1:
        extractor = Extractor(lexicon)
        for chunk in chunks:
            yield find(extractor, chunk)
        return
    start = ExtractStart.of(lexicon)
    with worker_pool(workers) as pool:
        waiting: deque[Future[T]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_extract, start, find, chunk))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(frozen=True)
class ExtractStart:
    """What a worker of an engine starts with: it makes the lexicon ready for matching."""

    lexicon: bytes

    @staticmethod
    def of(lexicon: Lexicon) -> ExtractStart:
        """With a lexicon as it can be sent."""
        return ExtractStart(json.dumps(lexicon.to_json()).encode())

    def __call__(self) -> Extractor:
        return Extractor(Lexicon.from_json(read_object(self.lexicon, "lexicon")))


def _extract(start: ExtractStart, find: Callable[[Extractor, Reviews], T], chunk: Reviews) -> T:
    return find(held(start), chunk)
