"""How users and items are called where a person reads."""

from __future__ import annotations

from ..data.titles import shortened
from ..data.vocabulary import Vocabulary
from .text import harmless


def titled(vocabulary: Vocabulary, name: str) -> str:
    """The title, cut to what a table shows, or the id where there is none; without control characters."""
    return shortened(harmless(vocabulary.title(name)))


def titled_id(vocabulary: Vocabulary, name: str) -> str:
    """ "title (id)", or the id alone where there is no title: for those who will type the id."""
    known = title_or_none(vocabulary, name) is not None
    return f"{titled(vocabulary, name)} ({harmless(name)})" if known else harmless(name)


def title_or_none(vocabulary: Vocabulary, name: str) -> str | None:
    """For documents: the whole title, None where none is known."""
    return (vocabulary.titles[vocabulary.index(name)] or None) if vocabulary.titles else None
