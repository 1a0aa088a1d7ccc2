"""Whether a class gives a method of its own, also where it is watched: a method of another package's plugin has a function around
it (boundary.py), which is not the one that was inherited."""

from __future__ import annotations

from typing import Any

WATCHES = "__watches__"  # on the function around a method: the method


def gives(cls: type[Any], base: type[Any], method: str) -> bool:
    """Whether cls, which derives from base, has a method other than that of base."""
    found = getattr(cls, method)
    return getattr(found, WATCHES, found) is not getattr(base, method)
