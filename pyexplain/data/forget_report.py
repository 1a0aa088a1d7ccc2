"""The report of a data set after people were taken out: none of their words, and none of their ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from .types import Dataset
from .vocabulary import Vocabulary

LONGEST_EXAMPLE = 160  # sentences stand in a report cut to this length
FIELDS = 2  # levels of a report whose keys are its own; the keys below may be features


def scrubbed(
    data: Dataset, gone: Sequence[str], evidence: pd.DataFrame, heldout: pd.DataFrame, features: Vocabulary
) -> dict[str, object]:
    """The report of `data` without what only these people wrote: sentences, opinions on features, features; and without their ids.

    evidence, heldout: what is left, by the numbers of `features`. Counts of what was read and found stay those of the making.
    """
    said = _sentences(data.evidence, data.heldout) - _sentences(evidence, heldout)
    pairs = _pairs(data.features, data.evidence, data.heldout) - _pairs(features, evidence, heldout)
    lost = {*gone, *set(data.features.names).difference(features.names), *(f"{opinion} {name}" for name, opinion in pairs)}
    report = _Lost(said, pairs, lost).cleaned(data.report)
    return report if isinstance(report, dict) else {}


def _sentences(*frames: pd.DataFrame) -> set[str]:
    return {sentence[:LONGEST_EXAMPLE] for frame in frames for sentence in frame["sentence"]}


def _pairs(features: Vocabulary, *frames: pd.DataFrame) -> set[tuple[str, str]]:
    """(feature, opinion) of all mentions."""
    found = {pair for frame in frames for pair in zip(frame["feature"], frame["opinion"], strict=True)}
    return {(features[feature], opinion) for feature, opinion in found}


class _Lost:
    """What must not be in a report any more: sentences, (feature, opinion) pairs, and names wherever they stand in a text."""

    def __init__(self, sentences: set[str], pairs: set[tuple[str, str]], names: set[str]) -> None:
        self.sentences, self.pairs = sentences, pairs
        self.names = re.compile("|".join(rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in sorted(names)))

    def cleaned(self, value: Any, level: int = 0) -> Any:
        """The same tree without it: a lost text becomes "", a line of a list or a key that names what is lost goes whole.

        Keys of the first two levels, and those of a line, are sections and fields: they stay, also where a feature is called so.
        """
        if isinstance(value, str):
            return "" if value[:LONGEST_EXAMPLE] in self.sentences or self._told(value) else value
        if isinstance(value, dict):
            fields = level < FIELDS
            kept = (key for key, inner in value.items() if fields or not (self._told(key) or self._told(inner)))
            return {key: self.cleaned(value[key], level + 1) for key in kept}
        if isinstance(value, list | tuple):
            return [self.cleaned(inner) for inner in value if not self._is_lost(inner)]
        return value

    def _is_lost(self, line: Any) -> bool:
        if not isinstance(line, dict):
            return self._told(line)
        pair = line.get("feature"), line.get("opinion")
        return pair in self.pairs or any(map(self._told, pair))

    def _told(self, value: object) -> bool:
        return isinstance(value, str) and self.names.search(value) is not None
