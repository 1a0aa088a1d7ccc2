"""Plain text: lists of words, tables without lines."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

from .harmless import harmless as harmless

SMALL, MOST_DECIMALS = 0.01, 8  # a lead below the first is shown with more than three decimals


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def decimals(*scores: float | None) -> int:
    """With how many decimals scores, leads and contributions that stand beside each other are shown: three, or as many as the
    largest needs for three digits, so that what is not 0 does not look like it."""
    largest = max((abs(score) for score in scores if score is not None and isfinite(score)), default=0.0)
    return 3 if largest == 0 or largest >= SMALL else min(MOST_DECIMALS, 2 - floor(log10(largest)))


def plain_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns under their names, to the right; numbers with two decimals, nothing for what is none."""
    if not rows:
        return "(no feature)"
    cells = [list(names), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(" ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in cells)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value == value else ""
    return "" if value is None else harmless(str(value))
