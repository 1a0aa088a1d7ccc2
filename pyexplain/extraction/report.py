"""What extraction found, for a person to judge: coverage, features, pairs with examples in context, and what looks doubtful."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from ..errors import DataError
from .language import Language
from .lexicon import Feature, Lexicon, Pair
from .spelling import is_one_slip
from .vocabulary import singular

PAIRS = 200  # pairs listed
LEFT_OUT = 200  # words listed that are no features
PAIR = ["feature", "opinion"]
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


def extraction_report(reviews: int, mentions: pd.DataFrame, lexicon: Lexicon) -> ExtractionReport:
    """From the number of reviews that were looked at and their mentions (MENTION_COLUMNS).

    Raises DataError where there is none: an empty result is never passed on in silence.
    """
    if not len(mentions):
        names = ", ".join(feature.name for feature in lexicon.features[:5])
        raise DataError(
            f"none of {reviews} reviews says anything about any of the {len(lexicon.features)} features ({names}, ...)",
            hint="Check that the vocabulary (--features) and the language (--lexicon) are those of the reviews.",
        )
    examples = _shortest(mentions, ["feature"])
    turned = _turned(mentions, lexicon)
    in_context = _shortest(mentions, PAIR, later=turned)
    used = turned.groupby([mentions[name] for name in PAIR], observed=True).agg(["size", "sum"])
    counts = {key: (int(size), int(opposite)) for key, size, opposite in used.itertuples()}

    def line(key: tuple[str, str], pair: Pair) -> PairLine:
        return PairLine(*key, pair.polarity, pair.count, *counts.get(key, (0, 0)), in_context.get(key, ""))

    listed = sorted(lexicon.pairs.items(), key=lambda entry: (-entry[1].count, entry[0]))
    unclear = sorted((e for e in listed if abs(e[1].polarity) < UNCLEAR), key=lambda e: (abs(e[1].polarity), -e[1].count, e[0]))
    covered = len(mentions[["user", "item"]].drop_duplicates())
    return ExtractionReport(
        reviews,
        covered,
        len(mentions),
        {feature.name: feature.count for feature in lexicon.features},
        {str(name): sentence for name, sentence in examples.items()},
        tuple(line(*entry) for entry in listed[:PAIRS]),
        tuple(line(*entry) for entry in unclear[:20]),
        tuple(_doubts(covered / max(1, reviews), mentions, lexicon, [key for key, _ in unclear])),
        {feature.name: others for feature in lexicon.features if (others := _other_names(feature, lexicon.language))},
        tuple(feature.name for feature in lexicon.features if feature.product),
        dict(itertools.islice(lexicon.left_out.items(), LEFT_OUT)),
    )


def _other_names(feature: Feature, language: Language) -> list[str]:
    """The forms of a feature but its name, its plural and its singular, and the plurals of the others."""
    forms = [form for form in feature.forms if singular(form, language, feature.forms) is None]
    return [form for form in forms if form not in (feature.name, singular(feature.name, language, feature.forms))]


def _turned(mentions: pd.DataFrame, lexicon: Lexicon) -> pd.Series[bool]:
    """Whether each mention says the opposite of what its pair has learned to mean."""
    polarity = {key: pair.polarity for key, pair in lexicon.pairs.items()}
    learned = [polarity.get(key, 0.0) for key in zip(mentions[PAIR[0]], mentions[PAIR[1]], strict=True)]
    return mentions["sentiment"] * learned < 0


def _shortest(mentions: pd.DataFrame, by: list[str], later: pd.Series[bool] | None = None) -> dict[Any, str]:
    """The shortest sentence of each group, the first in the alphabet among equals; the same whatever the order of rows.
    One marked `later` only where its group has no other."""
    lengths = mentions[by].assign(length=mentions["sentence"].str.len())
    lengths = lengths[lengths["length"] > 0]
    if later is not None:
        lengths["length"] += later[lengths.index] * (lengths["length"].max() + 1)
    least = lengths.groupby(by, observed=True, sort=False)["length"].transform("min")
    # only these few are copied and sorted: all sentences twice would be most of the memory
    said = mentions.loc[least.index[lengths["length"] == least], [*by, "sentence"]].drop_duplicates()
    first = said.sort_values("sentence", kind="stable").drop_duplicates(by)
    keys = first[by[0]] if len(by) == 1 else zip(*(first[name] for name in by), strict=True)
    return dict(zip(keys, first["sentence"].str.slice(0, LONGEST_EXAMPLE), strict=True))


def _doubts(coverage: float, mentions: pd.DataFrame, lexicon: Lexicon, unclear: list[tuple[str, str]]) -> list[str]:
    doubts = []
    if coverage < LOW_COVERAGE:
        doubts.append(
            f"only {coverage:.1%} of the reviews mention a feature; perhaps --min-count is too high or the language wrong."
        )
    if unclear:
        pairs = ", ".join(f"{opinion} {feature}" for feature, opinion in unclear[:5])
        doubts.append(f"the polarity of {len(unclear)} pairs is unclear, such as {pairs}.")
    # equals in the order of the alphabet, so that the order of reviews does not show
    shares = mentions["feature"].value_counts(normalize=True).sort_index().sort_values(ascending=False, kind="stable")
    if shares.iloc[0] > GREEDY:
        doubts.append(f"{shares.index[0]!r} makes up {shares.iloc[0]:.0%} of all mentions; perhaps it belongs in --stop-features.")
    both = mentions.groupby("feature")["sentiment"].agg(lambda s: min((s > 0).mean(), (s < 0).mean()))
    split = [name for name in shares.index[:50] if both[name] >= OFTEN_BOTH][:5]
    if split:
        doubts.append(f"judged good and bad about as often: {', '.join(map(str, split))}.")
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
