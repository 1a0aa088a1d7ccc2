"""What a person calls an item: its title, short enough for a sentence, or nothing where none is known."""

from __future__ import annotations

from ..data.titles import shortened
from ..data.vocabulary import Vocabulary

SHORTEST = 12  # what is cut off leaves at least so many
_JOINTS = (" - ", " – ", " | ", ", ", " (", " [", "; ", ": ")


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


def head(title: str) -> str:
    """A title up to its first joint ("Amp 20, black"), because sentences have commas of their own; what is still long is cut."""
    ends = [at for joint in _JOINTS if (at := title.find(joint, SHORTEST)) >= 0]
    return shortened(title[: min(ends)] if ends else title)
