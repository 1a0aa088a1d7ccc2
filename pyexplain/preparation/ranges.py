"""Numbers cut into a few ranges that hold about as many items each, at round numbers, with names that a person reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

RANGES = 5


class Ranges:
    """Ranges [edge, next edge) of numbers; names: what each is called, as "20 to 50"; whole numbers name the last they hold."""

    def __init__(self, values: Sequence[float], most: int = RANGES) -> None:
        found = np.asarray(values, dtype=np.float64)
        self.whole = bool((found == np.round(found)).all())
        self.edges = _edges(found, most, self.whole)
        self.names = self._names()

    def name(self, value: float) -> str:
        """The range that holds the value."""
        return self.names[int(np.searchsorted(self.edges, value, side="right"))]

    def _names(self) -> list[str]:
        if not self.edges:
            return ["any"]
        step = 1 if self.whole else 0
        first = f"up to {_text(self.edges[0] - step)}" if self.whole else f"under {_text(self.edges[0])}"
        inner = [_between(low, high - step) for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return [first, *inner, f"{_text(self.edges[-1])} and more"]


def _between(low: float, high: float) -> str:
    return _text(low) if low == high else f"{_text(low)} to {_text(high)}"


def _edges(values: np.ndarray, most: int, whole: bool) -> list[float]:
    """Quantiles, each at the roundest number that is nearer to it than half the way to its neighbours."""
    inner = np.unique(np.quantile(values, np.arange(1, most) / most))
    low, high = float(values.min()), float(values.max())
    bounds = [low, *(float(edge) for edge in inner if low < edge <= high), high]
    found = []
    for before, edge, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        gap = min(edge - before, after - edge) or edge - before
        step = _round_step(gap / 2)
        edge = round(edge / step) * step
        found.append(float(math.ceil(edge)) if whole else float(f"{edge:.12g}"))
    return sorted({edge for edge in found if low < edge <= high})


def _round_step(most: float) -> float:
    """The largest of 1, 2, 5, 10, 20, ... (or .1, .2, .5, ...) that is at most this."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))


def _text(number: float) -> str:
    return f"{number:.10g}"
