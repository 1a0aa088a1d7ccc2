"""Kinds of features: what sort of thing a column of the features is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import DataError, UsageError, option

WORD, ATTRIBUTE, HISTORY, PERSON = "word", "attribute", "history", "person"
KINDS = (WORD, ATTRIBUTE, HISTORY, PERSON)
"""word: what reviews mention, eq. (1). attribute: what a catalogue says of items. history: one item that users liked; the column
goes by the item's id. person: what is known of users themselves (people.py); learned from where it is there, and never said."""


def checked_kinds(kinds: Iterable[str], names: Sequence[str]) -> tuple[str, ...] | None:
    """A kind for each name; None where all are words. DataError where one is unknown, or there are too few."""
    found = tuple(kinds)
    if len(found) != len(names):
        raise DataError(f"{len(found)} kinds for {len(names)} features", hint="Give each feature one.")
    if strange := sorted(set(found) - set(KINDS)):
        raise DataError(f"unknown kind of feature {strange[0]!r:.60}", hint=f"Known: {', '.join(KINDS)}.")
    return None if all(kind == WORD for kind in found) else found


def chosen_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Kinds as somebody chose them; UsageError where one is unknown or named twice, or none is named."""
    chosen = tuple(kinds)
    hint = f"Known: {', '.join(KINDS)}."
    if not chosen:
        raise UsageError("no kind of feature is named", where=option("kinds"), hint=hint)
    if strange := [kind for kind in chosen if kind not in KINDS]:
        raise UsageError(f"unknown kind of feature {strange[0]!r:.60}", where=option("kinds"), hint=hint)
    if len(set(chosen)) < len(chosen):
        raise UsageError(f"a kind of feature is named twice: {', '.join(chosen)}", where=option("kinds"), hint="Name each once.")
    return chosen
