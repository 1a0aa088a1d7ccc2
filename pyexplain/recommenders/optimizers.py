"""Optimizers of several tables, kept and taken back by name."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..ops import RowAdam

KEPT = ("m", "v", "last_step", "steps")


def states(optimizers: Mapping[str, RowAdam]) -> dict[str, Tensor]:
    """What the next step depends on beside the tables, by "TABLE.KEY"."""
    return {f"{name}.{key}": value for name, one in optimizers.items() for key, value in one.state().items()}


def load_states(optimizers: Mapping[str, RowAdam], state: Mapping[str, Tensor]) -> None:
    """Take back what states() gave. Raises KeyError, TypeError or ValueError where it belongs to other tables."""
    for name, one in optimizers.items():
        one.load_state({key: state[f"{name}.{key}"] for key in KEPT})
