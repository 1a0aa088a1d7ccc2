"""Sentence: what a method wrote about a feature of an item is said only where it is what the item's reviews say."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..data.kinds import WORD
from ..explainers.types import Sentence
from .cues import TURNS, UNREAL
from .evidence import EvidenceIndex
from .quotes import stem, words_of

CLEAR = 0.1  # a mean sentiment nearer to 0 than this is on no side

Stems = tuple[str, ...]


class Heard(NamedTuple):
    """What a sentence says: the features that it names, and the side that all its opinions are on: 1 praise, -1 complaint, 0 where
    it has none, or some on both sides."""

    features: frozenset[int]
    side: int


class SentenceChecker:
    """Checks sentences against the training reviews of a data set; what is needed of these is sorted when the first one comes."""

    def __init__(self, index: EvidenceIndex) -> None:
        self.index = index

    def holds(self, item: int, cares: Container[int], sentence: Sentence) -> bool:
        """Whether a sentence may be said of the item to a user who cares for some features (f_u above 0).

        It names its feature, and the user cares for it. No word in it negates, turns round or makes conditional
        what it says. All its opinions (words that training reviews use as such) are on one side, by the mean sentiment with which
        reviews use them of a feature that it names, else of any. And of each feature that it names, and that may be named, the
        item's training reviews are on that side: their mean sentiment is, and more praise it than complain about it, or the other
        way round.
        """
        heard = self.heard(sentence.text)
        unsaid = self.index.data.unsaid
        if not heard.side or sentence.feature not in heard.features or sentence.feature not in cares:
            return False
        if unsaid is not None and unsaid[list(heard.features)].any():
            return False
        features = np.fromiter(heard.features, np.int64)
        sizes = self.index.size(np.full(len(features), item), features)
        agrees = (heard.side * sizes.sentiment > 0) & (heard.side * (sizes.praise - sizes.complain) > 0)
        return bool(agrees.all())

    def heard(self, text: str) -> Heard:
        """What a text says; nothing, where it is not said as a fact."""
        words = words_of(text)
        if "?" in text or (UNREAL | TURNS).intersection(words) or any(word.endswith(("n't", "n’t", "'d", "’d")) for word in words):
            return Heard(frozenset(), 0)
        stems = tuple(map(stem, words))
        named = frozenset(number for run in _runs(stems, self._names) for number in self._names[run])
        sides = {self._side(opinion, named) for opinion in _runs(stems, self._opinions)}
        return Heard(named, sides.pop() if len(sides) == 1 else 0)

    def _side(self, opinion: Stems, named: frozenset[int]) -> int:
        known = self._opinions[opinion]
        own = [known[feature] for feature in named if feature in known] or list(known.values())
        total, count = (sum(part) for part in zip(*own, strict=True))
        return 0 if abs(total) < CLEAR * count else int(np.sign(total))

    @cached_property
    def _names(self) -> dict[Stems, list[int]]:
        """Numbers of words by the stems of their names."""
        features, found = self.index.data.features, dict[Stems, list[int]]()
        for number in features.of_kind(WORD).tolist():
            found.setdefault(tuple(map(stem, words_of(features[number]))), []).append(number)
        found.pop((), None)
        return found

    @cached_property
    def _opinions(self) -> dict[Stems, dict[int, tuple[float, int]]]:
        """Of the stems of each opinion and each feature it is used of, the sum of the sentiments and how often it is."""
        frame, found = self.index.data.evidence, dict[Stems, dict[int, tuple[float, int]]]()
        said = frame.groupby(["opinion", "feature"], sort=True, observed=True)["sentiment"].agg(["sum", "count"]).reset_index()
        for opinion, feature, total, count in said.itertuples(index=False):
            known = found.setdefault(tuple(map(stem, words_of(str(opinion)))), {})
            before = known.get(int(feature), (0.0, 0))
            known[int(feature)] = before[0] + float(total), before[1] + int(count)
        found.pop((), None)
        return found


def _runs(stems: Stems, known: Mapping[Stems, object]) -> list[Stems]:
    """The runs of words that are known, from the left, the longest first."""
    longest, at, found = max(map(len, known), default=0), 0, []
    while at < len(stems):
        run = next((stems[at : at + n] for n in range(longest, 0, -1) if stems[at : at + n] in known), None)
        if run is None:
            at += 1
        else:
            found.append(run)
            at += len(run)
    return found
