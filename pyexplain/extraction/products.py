"""Product types told from qualities: "this pedal" is the item, "the sound" is something of it."""

from __future__ import annotations

from collections.abc import Sequence

from .corpus import Corpus
from .language import Language
from .lexicon import Feature
from .usage import Use, spread, uses_of

ENOUGH = 20  # places
POINTED = 0.05  # share of places after "this" that makes the item itself of a noun
POINTED_OWN = (0.02, 0.1)  # or after "this" and after "my": "my guitar" has been bought before
TIED = 0.08  # intra-class correlation: a type is said of the items that are of it
EVERYWHERE = 0.8  # or of nearly all of them, where a file holds one type


def product_types(features: Sequence[Feature], corpus: Corpus, language: Language) -> frozenset[str]:
    """The names among the features that say what an item is; longer names go by their last word, which is their head."""
    heads = {f.name: tuple(dict.fromkeys(form.rsplit(" ", 1)[-1] for form in f.forms)) for f in features}
    pointed = {name: heads[name] for name, use in uses_of(corpus, language, heads).items() if _is_pointed_at(use)}
    spreads = spread(corpus, pointed)
    return frozenset(name for name, (tied, far) in spreads.items() if tied >= TIED or far >= EVERYWHERE)


def _is_pointed_at(use: Use) -> bool:
    own = use.pointed >= POINTED_OWN[0] and use.own >= POINTED_OWN[1]
    return use.total >= ENOUGH and (use.pointed >= POINTED or own)
