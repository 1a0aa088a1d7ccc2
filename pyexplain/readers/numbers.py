"""Numbers as every program writes them: Python alone takes 1_0 for ten."""

from __future__ import annotations

from typing import Any


def as_number(value: Any) -> float:
    """A cell as a number. Raises ValueError, TypeError or OverflowError for what is none, "1_0" among it."""
    if (type(value) is str and "_" in value) or (isinstance(value, bytes | bytearray) and b"_" in value):
        raise ValueError("digits in groups are no number outside of Python")
    return float(value)
