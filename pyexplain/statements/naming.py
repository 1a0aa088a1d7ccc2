"""What a feature is called: by its name for programs, and in words for people."""

from __future__ import annotations

import re

from ..data.kinds import ATTRIBUTE, HISTORY
from ..data.types import Dataset
from .english import ENGLISH
from .titles import head
from .types import Named

# attributes whose values are sorts of things by themselves: "you like Horror", not "you like things of the genre Horror"
SORTS = frozenset(
    ["genre", "class", "category", "main category", "sub category", "style", "type", "tag", "topic", "subject", "mood"]
)


def name_of(data: Dataset, feature: int) -> Named:
    """A feature by its number: a liked item goes by its id, and in sentences by its title; an attribute in words."""
    kind, name = data.features.kind_of(feature), data.features[feature]
    if kind == HISTORY:
        return Named(kind, name, liked_title(data, feature) or ENGLISH.called("item", name))
    return Named(kind, name, attribute_words(name)) if kind == ATTRIBUTE else Named(kind, name)


def liked_title(data: Dataset, feature: int) -> str:
    """The title, for sentences, of the liked item that a feature of history is; "" where none is known."""
    return head(data.features.titles[feature]) if data.features.titles else ""


def attribute_words(name: str) -> str:
    """ "genre: Horror" as in "you like Horror", "brand: Korg" as in "you like things of the brand Korg"."""
    what, sign, value = name.partition(": ")
    if not sign:
        return name
    what = re.sub(r"ies$", "y", what) if what.endswith("ies") else re.sub(r"(?<=[^su])s$", "", what)
    if value in ("yes", "no"):
        return f"things that are {'not ' * (value == 'no')}{what}"
    if what in SORTS:
        return value
    if re.match(r"(under|up to) \d", value):
        return f"things with {_a(what)} {value}"
    return f"things with {_a(what)} of {value}" if value[:1].isdigit() or value[:1] == "-" else f"things of the {what} {value}"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"
