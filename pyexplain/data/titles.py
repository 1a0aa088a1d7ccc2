"""Titles of items: cleaned when they come in, cut only where they are shown."""

from __future__ import annotations

import html
import unicodedata

SHOWN = 60
"""Characters of a title that a table or a sentence shows."""

_NO_LETTERS = ("Cc", "Cf", "Co", "Cs", "Cn")  # control, format (bidirectional marks among them), private, surrogate, unassigned
_JOINERS = "\u200c\u200d"  # format characters that scripts and emoji cannot do without


def clean_title(text: str) -> str:
    """The title as a person reads it: HTML entities unescaped, white space collapsed, control and bidirectional characters gone.

    "" where nothing is left. Repeated until nothing changes, because shops escape "&amp;" once more: cleaned is cleaned.
    """
    before, text = text, _once(text)
    while text != before:
        before, text = text, _once(text)
    return text if any(c not in _JOINERS and not c.isspace() for c in text) else ""


def _once(text: str) -> str:
    spaced = "".join(" " if c.isspace() else c for c in html.unescape(text))
    return " ".join("".join(c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _NO_LETTERS).split())


def shortened(title: str, width: int = SHOWN) -> str:
    """At most `width` (>= 2) characters, cut at a word where one ends in the second half, with an ellipsis where it was cut."""
    if len(title) <= width:
        return title
    cut = title[: width - 1]
    end = cut.rfind(" ")
    return cut[: end if end > width // 2 else width - 1].rstrip(" ,;:-(") + "…"
