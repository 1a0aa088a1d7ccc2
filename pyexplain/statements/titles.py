"""What a person calls an item: its title, short enough for a sentence, or nothing where none is known."""

from __future__ import annotations

from functools import lru_cache

from ..data.titles import shortened
from ..data.vocabulary import Vocabulary

SHORTEST = 24  # characters: what is left is at least this long
LONG = 45  # and what is longer than this without it may be cut at a preposition too
_JOINTS = (" - ", " – ", " | ", ", ", " (", " [", "; ", ": ")
_PREPOSITIONS = (" compatible with ", " for ", " with ", " w/ ")


class Titles:
    """Titles of items for sentences."""

    def __init__(self, items: Vocabulary) -> None:
        self.items = items

    def shown(self, item: str) -> str:
        """The title, or the id where there is none."""
        return self.known(item) or item

    def known(self, item: str) -> str | None:
        """The title; None where there is none: an id is nothing to show to a customer."""
        title = self.items.title(item)
        return None if title == item else head(title)

    def pair(self, item: str, other: str) -> tuple[str | None, str | None]:
        """The titles of two items that stand in one sentence: whole where they are the same when they are shortened."""
        first, second = self.known(item), self.known(other)
        if first == second and first is not None:
            return self.items.title(item), self.items.title(other)
        return first, second


@lru_cache(maxsize=65_536)
def head(title: str) -> str:
    """A title up to its first joint ("Amp 20, black"), because sentences have commas of their own; what is still long is cut."""
    short = _up_to(title, _JOINTS)
    return shortened(_up_to(short, _PREPOSITIONS) if len(short) > LONG else short)


def _up_to(title: str, joints: tuple[str, ...]) -> str:
    ends = [at for joint in joints if (at := title.lower().find(joint, SHORTEST)) >= 0]
    return title[: min(ends)].rstrip() if ends else title
