"""Checks pairs and mentions of files that another program made, and gathers them into a MentionTable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..data.interactions import latest_only
from ..errors import DataError
from .base import MentionTable, ReadOptions
from .read_log import DUPLICATE, ReadLog
from .review_rows import LIKED, NO_RATING, ReviewRows
from .values import NO_TIME, as_number

FEW = 3  # sentiments beyond -1..1 that are mistakes and no scale
SPLITS = ("", "train", "valid", "validation", "val", "dev", "test")


class MentionRows:
    """Takes (user, item) pairs, and mentions of the pair that was accepted last (or of any, by its number).

    Sentiments are -1..1. Where at least a hundredth of them, on both sides of 0, lie beyond, all are divided by the largest,
    which is said; where fewer do, those are bad.
    """

    def __init__(self, file: str, options: ReadOptions, log: ReadLog) -> None:
        self.file, self.log, self.options = file, log, options
        self.checks = ReviewRows(file, options, log)
        self.splits: list[str] = []
        self.mentions: list[tuple[int, str, str, float, str]] = []
        self.beyond: dict[int, tuple[int, str]] = {}  # mention -> line and sentiment outside -1..1, as written

    def pair(self, line: int, user: Any, item: Any, rating: Any, time: Any = NO_TIME, split: Any = "") -> int | None:
        """Its number, from 0; None where it was rejected. rating None: the file has none, the pair counts as liked."""
        name = str(split or "").strip().lower()
        if name not in SPLITS:
            self.log.read += 1
            hint = "Known: train, valid, test."
            self.log.reject("unknown split", f"unknown split {name[:40]!r}", f"{self.file}:{line}", hint)
            return None
        accepted = len(self.splits)
        if rating is None:
            self.log.notes[LIKED] += 1
        self.checks.add(line, user, item, NO_RATING if rating is None else rating, "", time)
        if len(self.checks.columns[0]) == accepted:
            return None
        self.splits.append(name)
        return accepted

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
        if abs(side) > 1:
            self.beyond[len(self.mentions)] = line, str(sentiment)
        self.mentions.append((pair, name, _text(opinion).strip().lower(), side, _text(sentence)))

    def _reject_sentiment(self, line: int, sentiment: str) -> None:
        what = f"sentiment {sentiment[:40]!r} is not a number in -1..1"
        self.log.reject("bad sentiment", what, f"{self.file}:{line}", "Repair or remove it.")

    def _bring_inside(self) -> None:
        """Sentiments beyond -1..1: divided where they are a scale of their own, rejected where they are mistakes."""
        sides = [self.mentions[at][3] for at in self.beyond]
        if len(sides) >= FEW and len(sides) >= 0.01 * len(self.mentions) and min(sides) < 0 < max(sides):
            most = max(map(abs, sides))
            self.mentions = [(pair, name, opinion, side / most, text) for pair, name, opinion, side, text in self.mentions]
            self.log.say(f"sentiments lie between {-most:g} and {most:g}: divided by {most:g}")
            return
        for line, sentiment in self.beyond.values():
            self._reject_sentiment(line, sentiment)
        self.mentions = [mention for at, mention in enumerate(self.mentions) if at not in self.beyond]

    def table(self) -> MentionTable:
        """All that was accepted; of a (user, item) that came twice the latest is kept, with its mentions."""
        if not self.splits:
            self.log.finish()
            raise DataError("no (user, item) pair could be read", where=self.file, hint="Check the file and --format.")
        if self.beyond:
            self._bring_inside()
        pairs = self.checks.take().frame.drop(columns="text").assign(split=pd.Series(self.splits, dtype="str"))
        self.log.notes.pop("without text", None)  # such files hold no texts
        kept, dropped = latest_only(pairs.assign(number=np.arange(len(pairs))))
        if dropped:
            self.log.dropped[DUPLICATE] += dropped
            self.log.kept -= dropped
        return MentionTable(kept.drop(columns="number"), self._mentions(kept))

    def _mentions(self, kept: pd.DataFrame) -> pd.DataFrame:
        columns = ["number", "feature", "opinion", "sentiment", "sentence"]
        found = pd.DataFrame(self.mentions, columns=columns)
        found = found.astype({"number": "int64", "feature": "str", "opinion": "str", "sentiment": "float64", "sentence": "str"})
        joined = found.merge(kept[["number", "user", "item"]], on="number", how="inner")
        return joined[["user", "item", "feature", "opinion", "sentiment", "sentence"]]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
