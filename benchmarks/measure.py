"""Both sides in turn, medians, ratios; what every benchmark here has in common."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: ours against a peer, in one unit, less is better unless `rate`.

    must, aim: the ratio to reach (peer / ours; at most, where `at_most`: ours / peer). note: what else was seen.
    """

    what: str
    peer: str
    unit: str
    ours: float
    theirs: float
    must: float | None = None
    aim: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times faster ours is, or, where at_most, how many times the peer's cost ours is."""
        return self.ours / self.theirs if self.at_most else self.theirs / self.ours

    @property
    def verdict(self) -> str:
        """Against the targets: "aim", "reached", "missed", or nothing where there is none."""
        sign = -1 if self.at_most else 1
        if self.aim is not None and sign * self.ratio >= sign * self.aim:
            return "aim"
        if self.must is None:
            return "" if self.aim is None else "aim missed"
        return "reached" if sign * self.ratio >= sign * self.must else "missed"


def in_turn(
    versions: Mapping[str, Callable[[], object]], repeats: int = 7, warm_up: int = 1, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median seconds of each version; they take turns, so that what else the machine does meets all of them alike. clock:
    time.process_time where both sides use one thread and nothing waits: what the machine does beside them is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in versions}
    for turn in range(repeats + warm_up):
        for name, run in versions.items():
            began = clock()
            run()
            if turn >= warm_up:
                taken[name].append(clock() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def slope(sizes: list[float], seconds: list[float]) -> float:
    """Of log seconds against log size, by least squares: 1 is linear."""
    from math import log

    x, y = [log(s) for s in sizes], [log(s) for s in seconds]
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)
