"""Plain text: lists of words, tables without lines."""

from __future__ import annotations

import pandas as pd

from .harmless import harmless as harmless


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def plain_table(frame: pd.DataFrame) -> str:
    """Columns under their names, numbers with two decimals."""
    if not len(frame):
        return "(no feature)"
    shown = frame.copy()
    for column in shown.columns:
        if shown[column].dtype.kind in "fO" and column not in ("feature",):
            shown[column] = [f"{v:.2f}" if isinstance(v, float) and v == v else "" for v in shown[column]]
        else:
            shown[column] = [harmless(str(v)) for v in shown[column]]
    return str(shown.to_string(index=False))
