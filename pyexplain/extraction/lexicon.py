"""What was learned from training reviews: features, opinion words and the side of each pair of them. Plain JSON on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..data.files import write_json
from ..data.json_file import read_json
from ..errors import DataError, UsageError
from .language import Language

SCHEMA = 1


@dataclass(frozen=True)
class ExtractOptions:
    """How features are learned and matched.

    max_features: how many are kept, the most frequent. min_count: reviews that must give an opinion on a feature. min_pair:
    reviews that must say an opinion word of a feature for the two to count as a pair; 1 takes every pair, also ones that only the
    texts to come hold; None = a tenth of the square root of the number of reviews (1 below 225). features: a
    vocabulary of the user's, name -> synonyms (the name counts as one), instead of a learned one. stop_features: names left out.
    keep: words that are features whatever speaks against them. merge: groups of words that are one feature, named by the first.
    merge_plurals: "strings" and "string" are one, named by the more frequent. merge_synonyms: "mic" and "microphone" are.
    language: None = English. learn_reviews: the most reviews to learn from, evenly spread.
    """

    max_features: int = 500
    min_count: int = 5
    min_pair: int | None = None
    features: Mapping[str, tuple[str, ...]] | None = None
    stop_features: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    merge: tuple[tuple[str, ...], ...] = ()
    merge_plurals: bool = True
    merge_synonyms: bool = True
    correct_spelling: bool = True
    language: Language | None = None
    learn_reviews: int = 300_000

    def __post_init__(self) -> None:
        for name in ("max_features", "min_count", "min_pair", "learn_reviews"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, got {getattr(self, name)}", where=f"option {name}")


@dataclass(frozen=True)
class Feature:
    """name; forms: what is matched in texts, in lower case, the name among them or not; count: training reviews that judge it;
    product: it says what the item is ("pedal"), not something of it."""

    name: str
    forms: tuple[str, ...]
    count: int = 0
    product: bool = False


@dataclass(frozen=True)
class Pair:
    """The side of an opinion word on one feature: polarity in -1..1, from `count` training reviews."""

    polarity: float
    count: int


@dataclass(frozen=True, eq=False)
class Lexicon:
    """features by falling count; opinions: word -> polarity in -1..1 where a pair is unknown; pairs: (feature, opinion) -> Pair;
    lookalikes: true words that must not be corrected to a word of the vocabulary; closed: only `pairs` count as mentions; reviews:
    how many were learned from; left_out: word -> why it is no feature; what is said of it ("a great deal") is said of no other."""

    features: tuple[Feature, ...]
    opinions: dict[str, float]
    pairs: dict[tuple[str, str], Pair]
    language: Language
    lookalikes: frozenset[str] = frozenset()
    correct_spelling: bool = True
    closed: bool = False
    reviews: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        if len(set(names)) != len(names):
            raise DataError("a feature name occurs twice in the lexicon", hint="Names must be unique; list synonyms as forms.")

    def polarity(self, feature: str, opinion: str) -> float:
        """In -1..1: of the pair where it was learned, else of the opinion word, else 0."""
        pair = self.pairs.get((feature, opinion))
        return pair.polarity if pair is not None else self.opinions.get(opinion, 0.0)

    def knows(self, feature: str, opinion: str) -> bool:
        """Whether the two may make a mention."""
        return not self.closed or (feature, opinion) in self.pairs

    def to_json(self) -> dict[str, Any]:
        """Plain containers."""
        return {
            "schema": SCHEMA,
            "reviews": self.reviews,
            "features": [{"name": f.name, "count": f.count, "forms": list(f.forms), "product": f.product} for f in self.features],
            "opinions": {word: round(value, 4) for word, value in sorted(self.opinions.items())},
            "pairs": [[f, o, round(p.polarity, 4), p.count] for (f, o), p in sorted(self.pairs.items())],
            "lookalikes": sorted(self.lookalikes),
            "correct_spelling": self.correct_spelling,
            "closed": self.closed,
            "left_out": self.left_out,
            "language": self.language.to_json(),
        }

    @staticmethod
    def from_json(content: Mapping[str, Any], where: str = "lexicon") -> Lexicon:
        """The reverse of to_json. DataError where parts are missing or of the wrong kind."""
        try:
            if content["schema"] != SCHEMA:
                raise DataError(f"schema {content['schema']}, this pyexplain reads {SCHEMA}", where=where, hint="Learn it again.")
            features = tuple(
                Feature(f["name"], tuple(f["forms"]), int(f["count"]), bool(f.get("product"))) for f in content["features"]
            )
            pairs = {(f, o): Pair(float(p), int(n)) for f, o, p, n in content["pairs"]}
            opinions = {str(word): float(value) for word, value in content["opinions"].items()}
            language = Language.from_json(content["language"], where)
            return Lexicon(
                features,
                opinions,
                pairs,
                language,
                frozenset(content["lookalikes"]),
                bool(content["correct_spelling"]),
                bool(content["closed"]),
                int(content["reviews"]),
                {str(word): str(why) for word, why in content.get("left_out", {}).items()},  # older files have none
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"the lexicon is damaged ({error})", where=where, hint="Learn it again.") from error

    def save(self, path: Path) -> None:
        """As JSON, whole or not at all. Rounded to 4 digits, as every saved lexicon is."""
        write_json(path, self.to_json())

    @staticmethod
    def load(path: Path) -> Lexicon:
        """The reverse of save."""
        return Lexicon.from_json(read_json(path, hint="Learn the lexicon again."), str(path))
