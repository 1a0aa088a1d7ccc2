"""Is what sentences say so? Of all that were written, and of those that are printed, asked of the training reviews.

Nothing here is taken from the checks that a sentence passes before it is printed; the definition is that of docs/metrics.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pyexplain import Dataset, hookimpl
from pyexplain.metrics import (
    UNKNOWN,
    KindMetric,
    Lines,
    Metric,
    MetricInput,
    Phrases,
    Values,
    in_rows,
    names_of_words,
    review_counts,
)

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
TURNED = re.compile(
    r"\?|n['’]t\b|\b(not|no|never|nor|neither|without|nothing|none|but|though|although|if|unless|would|could|should)\b"
)
CLEAR = 0.1  # means of sentiments nearer to 0 are on no side


class Judge:
    """What training reviews say of features, and how they use opinions."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.names, self.indices = names_of_words(data)
        frame = data.evidence
        opinions = sorted({str(one).lower() for one in frame["opinion"]})
        self.opinions, number = Phrases(opinions), {one: at for at, one in enumerate(opinions)}
        told = frame.assign(opinion=[self._one(number[str(one).lower()], opinions) for one in frame["opinion"]])
        self.uses = {key: (part["feature"].to_numpy(), part["sentiment"].to_numpy()) for key, part in told.groupby("opinion")}

    def _one(self, at: int, opinions: list[str]) -> int:
        """The number by which a phrase is found: singular and plural have one."""
        return next(iter(self.opinions.found(opinions[at])), -1)

    def side(self, text: str) -> tuple[int, Int]:
        """The side (1, -1; 0 for none, or both) of what a text says, and the features [m] that it names."""
        named = np.unique(self.indices[self.names.found(text)])
        if TURNED.search(text.lower()):
            return 0, named
        sides = set()
        for opinion in self.opinions.found(text):
            features, sentiments = self.uses[opinion]
            own = np.isin(features, named)
            mean = float(sentiments[own if own.any() else slice(None)].mean())
            sides.add(0 if abs(mean) < CLEAR else int(np.sign(mean)))
        return (sides.pop() if len(sides) == 1 else 0), named

    def holds(self, users: Int, items: Int, features: Int, texts: Sequence[str]) -> Bool:
        """Whether each sentence [n] about a feature of an item is so, and may be said to the user."""
        out = in_rows(self.data.user_features.where(self.data.user_features.values > 0), users, features)
        able = np.flatnonzero(out)
        heard = {text: self.side(text) for text in {texts[n] for n in able.tolist()}}
        said = [heard[texts[n]] for n in able.tolist()]
        out[able] = [side != 0 and feature in named for (side, named), feature in zip(said, features[able], strict=True)]
        row = np.repeat(able, [len(named) for _, named in said])
        if len(row):
            side = np.repeat([side for side, _ in said], [len(named) for _, named in said])
            counts = review_counts(self.data, items[row], np.concatenate([named for _, named in said]))
            agree = (side * counts.sentiment > 0) & (side * (counts.praise - counts.complain) > 0)
            out[row[~agree]] = False
        return out


class SentenceMetric(Metric):
    """Common to both: of the first items of users, whatever is told of them in the end."""

    group = "sentences"
    direction = "higher"
    needs = frozenset({"explanations", "sentences"})
    at_k = False
    sample = "top"
    beside_controls = False  # none of the controls writes


def find_held(given: MetricInput) -> tuple[Int, Bool]:
    """Rows [m] of the explanations, one for each sentence that was written, and whether it holds [m]."""
    found = given.explanations
    assert found is not None
    assert found.sentences is not None
    rows = np.array([row for row, written in enumerate(found.sentences) for _ in written], dtype=np.int64)
    every = [one for written in found.sentences for one in written]
    features = np.array([one.feature for one in every], dtype=np.int64)
    return rows, Judge(given.data).holds(found.users[rows], found.items[rows], features, [one.text for one in every])


class SentencesHold(SentenceMetric):
    """Share of all sentences written about the first items that hold: a sentence names its feature, which the user mentions in
    training; nothing in it negates or makes conditional; its opinions are on one side; and of every feature that it names the
    item's training reviews are on that side, by their mean sentiment and by their number."""

    name, key = "sentences-hold", "hold"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a sentence."""
        assert given.explanations is not None
        rows, held = given.once(find_held)
        return Values(given.explanations.users[rows], held.astype(np.float64))


class SentencesCoverage(SentenceMetric):
    """Share of first items, of users with features, about which some sentence holds."""

    name, key = "sentences-coverage", "coverage"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 an item."""
        assert given.explanations is not None
        rows, held = given.once(find_held)
        users = given.explanations.users
        known = np.diff(given.data.user_features.offsets)[users] > 0
        return Values(users[known], np.isin(np.arange(len(users)), rows[held])[known].astype(np.float64))


def printed_holds(lines: Lines, given: MetricInput) -> Bool:
    """As sentences-hold, of what is printed."""
    features = lines.column("feature")
    known = np.flatnonzero(features != UNKNOWN)
    some = lines.some(known)
    out = np.zeros(len(features), dtype=bool)
    out[known] = Judge(given.data).holds(some.column("user"), some.column("item"), features[known], [x.text for x in some.lines])
    return out


class SentenceStatements(KindMetric):
    """Share of printed sentences of the method's own that hold, as in sentences-hold."""

    name, key = "statements-sentence", "sentence"
    holds = staticmethod(printed_holds)


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The shares, of what was written and of what is printed, and the coverage."""
    return [SentencesHold, SentencesCoverage, SentenceStatements]
