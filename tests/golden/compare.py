"""Pinned figures beside those of today: to the bit on the machine that made them, within tolerances elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

# Relative for sums, absolute for shares. With every library held to its oldest instructions sums move by 2e-8 (losses) and 2e-4
# (weights), shares by 4e-7; what is left is room for a tie that falls otherwise, which moves one of the pairs that are measured.
RELATIVE = {"loss": 1e-5, "weights": 2e-3}
ABSOLUTE = {"ndcg@10": 0.005, "agreement": 0.02, "validity": 0.07, "size": 0.5, "deletion": 0.01, "pairs": 0.0}


def differences(name: str, pinned: dict[str, Any], found: dict[str, Any], *, exact: bool) -> list[str]:
    """A line for each figure that is another one; exact: every bit counts, and the hash with it."""
    if pinned.keys() != found.keys():
        return [f"{name}: has {', '.join(found)}; pinned are {', '.join(pinned)}"]
    return [line for key in pinned for line in _of(f"{name}: {key}", key, pinned[key], found[key], exact)]


def _of(where: str, key: str, pinned: Any, found: Any, exact: bool) -> Iterator[str]:
    if exact or key == "hash":
        if exact and pinned != found:
            yield f"{where} is {found}, pinned {pinned}"
        return
    numbers = ([value] if not isinstance(value, list) else value for value in (pinned, found))
    before, now = numbers
    relative, absolute = RELATIVE.get(key, 0.0), ABSOLUTE.get(key, 0.0)
    near = len(before) == len(now) and all(
        math.isclose(a, b, rel_tol=relative, abs_tol=absolute) for a, b in zip(before, now, strict=True)
    )
    if not near:
        yield f"{where} is {found}, pinned {pinned}, beyond the tolerance of other machines"
