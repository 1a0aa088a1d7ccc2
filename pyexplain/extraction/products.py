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
EVERYWHERE = (0.03, 0.9)  # or after "this" and of nearly all items, where a file holds one type


def product_types(features: Sequence[Feature], corpus: Corpus, language: Language) -> frozenset[str]:
    """The names among the features that say what an item is; longer names go by their last word, which is their head."""
    heads = {f.name: tuple(dict.fromkeys(form.rsplit(" ", 1)[-1] for form in f.forms)) for f in features}
    uses = uses_of(corpus, language, heads)
    often = {name: heads[name] for name, use in uses.items() if use.total >= ENOUGH and use.pointed >= POINTED_OWN[0]}
    spreads = spread(corpus, often)
    return frozenset(name for name, (tied, reach) in spreads.items() if _is_type(uses[name], tied, reach))


def _is_type(use: Use, tied: float, reach: float) -> bool:
    own = use.pointed >= POINTED_OWN[0] and use.own >= POINTED_OWN[1]
    everywhere = use.pointed >= EVERYWHERE[0] and reach >= EVERYWHERE[1]
    return everywhere or (tied >= TIED and (use.pointed >= POINTED or own))
