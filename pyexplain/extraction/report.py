"""What extraction found, for a person to judge: coverage, features, pairs with examples in context, and what looks doubtful."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data.said import SaidInReviews
from ..errors import DataError
from .language import Language
from .lexicon import Feature, Lexicon, Pair
from .spelling import is_one_slip
from .tally import Tally
from .vocabulary import singular

PAIRS = 200  # pairs listed
LEFT_OUT = 200  # words listed that are no features
UNCLEAR = 0.25  # a polarity nearer to zero is worth a look
LOW_COVERAGE = 0.1
OFTEN_BOTH = 0.25  # share of the rarer side that makes a feature two-sided
GREEDY = 0.3  # share of all mentions that one feature should not have
LONGEST_EXAMPLE = 160


@dataclass(frozen=True)
class PairLine:
    """An opinion word on a feature: learned polarity in -1..1 and from how many reviews; mentions found, and how many of them say
    the opposite of the word ("can't go wrong with"); and one in context: as the word stands where there is such a one.
    """

    feature: str
    opinion: str
    polarity: float
    count: int
    mentions: int
    turned: int
    example: str


@dataclass(frozen=True)
class ExtractionReport:
    """features: name -> training reviews that judge it; examples: name -> a sentence; pairs: the most frequent first;
    ambiguous: those whose side is least clear; look_at: sentences for a person, each with what may be done. merged: name -> the
    other names that count as it, plurals aside; products: features that say what an item is; left_out: word -> why it is none."""

    reviews: int
    reviews_with_a_mention: int
    mentions: int
    features: dict[str, int]
    examples: dict[str, str]
    pairs: tuple[PairLine, ...]
    ambiguous: tuple[PairLine, ...]
    look_at: tuple[str, ...]
    merged: dict[str, list[str]]
    products: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def coverage(self) -> float:
        """Share of reviews with at least one mention, 0..1."""
        return self.reviews_with_a_mention / max(1, self.reviews)

    def to_json(self) -> dict[str, Any]:
        """Plain containers."""
        return asdict(self) | {"pairs": [asdict(p) for p in self.pairs], "ambiguous": [asdict(p) for p in self.ambiguous]}


def extraction_report(reviews: int, mentions: pd.DataFrame | SaidInReviews, lexicon: Lexicon) -> ExtractionReport:
    """From the number of reviews that were looked at and their mentions (in a table, MENTION_COLUMNS).

    Raises DataError where there is none: an empty result is never passed on in silence.
    """
    if not len(mentions):
        names = ", ".join(feature.name for feature in lexicon.features[:5])
        raise DataError(
            f"none of {reviews} reviews says anything about any of the {len(lexicon.features)} features ({names}, ...)",
            hint="Check that the vocabulary (--features) and the language (--lexicon) are those of the reviews.",
        )
    if isinstance(mentions, pd.DataFrame):
        review = np.asarray(mentions.groupby(["user", "item"], observed=True, sort=False).ngroup(), np.int64)
        mentions = SaidInReviews.of(mentions, review)
    tally = Tally(mentions, lexicon)

    def line(key: tuple[str, str], pair: Pair) -> PairLine:
        size, turned = tally.pairs.get(key, (0, 0))
        example = tally.in_context[key].sentence[:LONGEST_EXAMPLE] if key in tally.in_context else ""
        return PairLine(*key, pair.polarity, pair.count, int(size), int(turned), example)

    listed = sorted(lexicon.pairs.items(), key=lambda entry: (-entry[1].count, entry[0]))
    unclear = sorted((e for e in listed if abs(e[1].polarity) < UNCLEAR), key=lambda e: (abs(e[1].polarity), -e[1].count, e[0]))
    in_order = sorted(tally.examples.items(), key=lambda entry: (entry[1][0].sentence, entry[1][1]))
    return ExtractionReport(
        reviews,
        tally.reviews,
        tally.mentions,
        {feature.name: feature.count for feature in lexicon.features},
        {name: best.sentence[:LONGEST_EXAMPLE] for name, (best, _) in in_order},
        tuple(line(*entry) for entry in listed[:PAIRS]),
        tuple(line(*entry) for entry in unclear[:20]),
        tuple(_doubts(tally.reviews / max(1, reviews), tally, lexicon, [key for key, _ in unclear])),
        {feature.name: others for feature in lexicon.features if (others := _other_names(feature, lexicon.language))},
        tuple(feature.name for feature in lexicon.features if feature.product),
        dict(itertools.islice(lexicon.left_out.items(), LEFT_OUT)),
    )


def _other_names(feature: Feature, language: Language) -> list[str]:
    """The forms of a feature but its name, its plural and its singular, and the plurals of the others."""
    forms = [form for form in feature.forms if singular(form, language, feature.forms) is None]
    return [form for form in forms if form not in (feature.name, singular(feature.name, language, feature.forms))]


def _doubts(coverage: float, tally: Tally, lexicon: Lexicon, unclear: list[tuple[str, str]]) -> list[str]:
    doubts = []
    if coverage < LOW_COVERAGE:
        doubts.append(
            f"only {coverage:.1%} of the reviews mention a feature; perhaps --min-count is too high or the language wrong."
        )
    if unclear:
        pairs = ", ".join(f"{opinion} {feature}" for feature, opinion in unclear[:5])
        doubts.append(f"the polarity of {len(unclear)} pairs is unclear, such as {pairs}.")
    # equals in the order of the alphabet, so that the order of reviews does not show
    counts = sorted(tally.features.items(), key=lambda entry: (-entry[1][0], entry[0]))
    first, share = counts[0][0], counts[0][1][0] / tally.mentions
    if share > GREEDY:
        doubts.append(f"{first!r} makes up {share:.0%} of all mentions; perhaps it belongs in --stop-features.")
    split = [name for name, (size, *sides) in counts[:50] if min(sides) / size >= OFTEN_BOTH][:5]
    if split:
        doubts.append(f"judged good and bad about as often: {', '.join(split)}.")
    alike = _alike([feature.name for feature in lexicon.features])
    if alike:
        doubts.append(f"names that differ by a letter: {', '.join(alike[:5])}; --merge makes them one.")
    return doubts


def _alike(names: list[str]) -> list[str]:
    long = sorted(name for name in names if len(name) > 4)
    near: dict[str, list[str]] = {}
    for name in long:  # two names a slip apart share what is left of them without one letter
        for rest in {name, *(name[:k] + name[k + 1 :] for k in range(len(name)))}:
            near.setdefault(rest, []).append(name)
    pairs = {(a, b) for group in near.values() for a in group for b in group if a < b and is_one_slip(a, b)}
    return [f"{a} and {b}" for a, b in sorted(pairs)]
