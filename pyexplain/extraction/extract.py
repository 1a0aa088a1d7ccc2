"""Reviews to mentions, with a lexicon that was learned before. Memory is bounded by a few chunks, whatever the file's size."""

from __future__ import annotations

import gc
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import pandas as pd

from ..data.json_file import read_object
from ..data.types import Mentions, Reviews
from ..errors import option
from ..limits import check_count, max_workers
from .lexicon import ExtractOptions, Lexicon
from .matcher import Matcher
from .processes import worker_pool
from .tokens import asks, clean, sentences, tokens
from .turns import Turn

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


def _frame(rows: list[tuple[str, str, str, str, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    kinds = {"user": "str", "item": "str", "feature": "str", "opinion": "str", "sentiment": "float64", "sentence": "str"}
    return frame.astype(kinds)


def extract_mentions(
    chunks: Iterable[Reviews], lexicon: Lexicon, options: ExtractOptions | None = None, workers: int = 1
) -> Iterator[Mentions]:
    """The mentions of each chunk, in order; the same for any number of workers (at most max_workers())."""
    check_count(workers, option("workers"), 1, max_workers())
    if workers == 1:
        extractor = Extractor(lexicon)
        for chunk in chunks:
            yield extractor.mentions(chunk)
        return
    start = ExtractStart.of(lexicon)
    with worker_pool(workers) as pool:
        waiting: deque[Future[Mentions]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_extract, start, chunk))
            if len(waiting) >= AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(frozen=True)
class ExtractStart:
    """What a worker of an engine starts with: it makes the lexicon ready, and extracts from chunks."""

    lexicon: bytes

    @staticmethod
    def of(lexicon: Lexicon) -> ExtractStart:
        """With a lexicon as it can be sent."""
        return ExtractStart(json.dumps(lexicon.to_json()).encode())

    def __call__(self) -> Callable[[Reviews], Mentions]:
        return Extractor(Lexicon.from_json(read_object(self.lexicon, "lexicon"))).mentions


_worker: list[Callable[[Reviews], Mentions]] = []  # of a worker process alone: made once, for the first chunk


def _extract(start: ExtractStart, chunk: Reviews) -> Mentions:
    if not _worker:
        _worker[:] = [start()]
        gc.freeze()  # what is made here stays as long as the process
    return _worker[0](chunk)
