"""No control character of others' files reaches a terminal, a page or a picture: ids, names, titles and sentences are others.

A terminal obeys escape codes; characters that turn the direction of writing, or have no width, make a text look like another.
"""

from __future__ import annotations

import html
import re
import unicodedata

# str.isprintable() lets these through, though they show nothing: fillers and joiners that are letters or marks by category
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
# what isprintable() refuses, said by categories, and the above; a line break is a control character too
_SUSPECT = re.compile(f"[^ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0400-\u0482]|[{INVISIBLE}]")


def harmless(text: str) -> str:
    """One line without control characters: what has no width is left out, what moves the cursor becomes a space."""
    return _SUSPECT.sub(_instead, text)


def harmless_lines(text: str) -> str:
    """The same for text of several lines; lines after the first are set in, so that none can pass for one of ours."""
    first, *rest = text.split("\n")
    return "\n".join([harmless(first), *(f"  {harmless(line.strip())}" if line.strip() else "" for line in rest)])


def escape(text: str) -> str:
    """As text of HTML, XML or SVG, within quotes too. Control characters are not legal there at all."""
    return html.escape(harmless(text))


def escape_json(text: str) -> str:
    """A JSON document whose strings hold no control character raw: they are written as \\uXXXX, which means the same."""
    return _SUSPECT.sub(lambda found: found[0] if _is_shown(found[0]) or found[0] == "\n" else _as_escape(found[0]), text)


def _is_shown(character: str) -> bool:
    return character.isprintable() and character not in INVISIBLE


def _instead(found: re.Match[str]) -> str:
    character = found[0]
    if _is_shown(character):
        return character
    return "" if character in INVISIBLE or unicodedata.category(character) == "Cf" else " "


def _as_escape(character: str) -> str:
    """\\uXXXX, twice for what lies beyond the first plane."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
