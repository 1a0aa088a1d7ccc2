"""Checks pairs and mentions of files that another program made, and gathers them into a MentionTable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..data.interactions import latest_only
from ..data.spill import as_strings
from ..errors import DataError
from .base import MentionTable, ReadOptions
from .kept_mentions import KeptMentions
from .read_log import DUPLICATE, ReadLog
from .review_rows import LIKED, NO_RATING, ReviewRows
from .values import NO_TIME, as_number

FEW = 3  # sentiments beyond -1..1 that are mistakes and no scale
SPLITS = ("", "train", "valid", "validation", "val", "dev", "test")


class MentionRows:
    """Takes (user, item) pairs, and mentions of the pair that was accepted last (or of any, by its number).

    Sentiments are -1..1. Where at least a hundredth of them, on both sides of 0, lie beyond, all are divided by the largest,
    which is said; where fewer do, those are bad. What is taken lies in Arrow's columns, mentions where `options.room` says.
    """

    def __init__(self, file: str, options: ReadOptions, log: ReadLog) -> None:
        self.file, self.log, self.options = file, log, options
        self.checks = ReviewRows(file, options, log)
        self._pairs: list[pd.DataFrame] = []
        self._splits = bytearray()  # of each pair, its place in SPLITS
        self._said = KeptMentions(options.room)

    def pair(self, line: int, user: Any, item: Any, rating: Any, time: Any = NO_TIME, split: Any = "") -> int | None:
        """Its number, from 0; None where it was rejected. rating None: the file has none, the pair counts as liked."""
        name = str(split or "").strip().lower()
        if name not in SPLITS:
            self.log.read += 1
            hint = "Known: train, valid, test."
            self.log.reject("unknown split", f"unknown split {name[:40]!r}", f"{self.file}:{line}", hint)
            return None
        waiting = len(self.checks.columns[0])
        if rating is None:
            self.log.notes[LIKED] += 1
        self.checks.add(line, user, item, NO_RATING if rating is None else rating, "", time)
        if len(self.checks.columns[0]) == waiting:
            return None
        self._splits.append(SPLITS.index(name))
        if self.checks.full:
            self._take()
        return len(self._splits) - 1

    def mention(self, line: int, pair: int, feature: Any, sentiment: Any, opinion: Any = "", sentence: Any = "") -> None:
        """One mention of an accepted pair; a feature without a name or a sentiment that is not a number in -1..1 is rejected."""
        name = str(feature or "").strip().lower()
        try:
            side = as_number(sentiment)
        except (TypeError, ValueError, OverflowError):
            side = math.nan
        if not name:
            self.log.reject("feature without a name", "the feature has no name", f"{self.file}:{line}", "Repair or remove it.")
            return
        if not math.isfinite(side):
            self._reject_sentiment(line, str(sentiment))
            return
        self._said.add(pair, _text(name), _text(opinion).strip().lower(), side, _text(sentence), line, str(sentiment))

    def _reject_sentiment(self, line: int, sentiment: str) -> None:
        what = f"sentiment {sentiment[:40]!r} is not a number in -1..1"
        self.log.reject("bad sentiment", what, f"{self.file}:{line}", "Repair or remove it.")

    def _bring_inside(self) -> float:
        """What sentiments are divided by: the largest, where those beyond -1..1 are a scale of their own; 1 where they are
        mistakes, which are rejected."""
        said = self._said
        if said.beyond >= FEW and said.beyond >= 0.01 * len(said) and said.least < 0 < said.most:
            most = max(said.most, -said.least)
            self.log.say(f"sentiments lie between {-most:g} and {most:g}: divided by {most:g}")
            return most
        for line, sentiment in said.written_beyond():
            self._reject_sentiment(line, sentiment)
        return 1.0

    def _take(self) -> None:
        self._pairs.append(self.checks.take().frame.drop(columns="text"))

    def table(self) -> MentionTable:
        """All that was accepted; of a (user, item) that came twice the latest is kept, with its mentions."""
        if not self._splits:
            self.log.finish()
            raise DataError("no (user, item) pair could be read", where=self.file, hint="Check the file and --format.")
        divisor = self._bring_inside() if self._said.beyond else 1.0
        self._take()
        self.log.notes.pop("without text", None)  # such files hold no texts
        pairs = pd.concat(self._pairs, ignore_index=True)
        self._pairs.clear()
        pairs["split"] = pd.Series(np.array(SPLITS, dtype=object)[np.frombuffer(self._splits, np.int8)], dtype="str")
        kept, dropped = latest_only(pairs.assign(number=np.arange(len(pairs))))
        if dropped:
            self.log.dropped[DUPLICATE] += dropped
            self.log.kept -= dropped
        there = np.zeros(len(pairs), dtype=bool)
        there[kept["number"].to_numpy()] = True
        mentions = self._said.frame(as_strings(pairs["user"]), as_strings(pairs["item"]), there, divisor)
        return MentionTable(kept.drop(columns="number"), mentions)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
