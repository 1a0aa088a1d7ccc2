"""Twins in plain torch, by the operator's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyexplain.ops.operators import OPERATORS


def twin(name: str) -> Callable[..., Any]:
    """What stands beside the operator's native code."""
    (found,) = (one.twin for one in OPERATORS if one.name == name)
    return found
