"""What is told while a reproduction runs: each method and seed as it is done, what it reached, and the time that is left."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .result import Table


@dataclass(frozen=True)
class Step:
    """A method with a seed is trained and measured. seconds: it took, 0 where it was kept from before. done of total are.

    figures: metric -> (the paper's value, ours); left: seconds that the others will take, by what the same methods took so far.
    failure: why there are no figures.
    """

    label: str
    seed: int
    done: int
    total: int
    seconds: float
    left: float
    figures: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    failure: str = ""


def _silent(_: object) -> None: ...


@dataclass(frozen=True)
class Watch:
    """Who is told. step: after each run. partial: with the table as far as it is, after each run that gave it figures."""

    step: Callable[[Step], None] = _silent
    partial: Callable[[Table], object] = _silent


class Clock:
    """How long each method took, and so how long the rest will take."""

    def __init__(self, labels: list[str], now: Callable[[], float] = time.perf_counter) -> None:
        self.waiting, self.now = list(labels), now
        self.taken: dict[str, list[float]] = {}
        self.began = now()

    def start(self) -> None:
        """A run begins."""
        self.began = self.now()

    def stop(self, label: str, counts: bool = True) -> float:
        """The run is done: seconds it took. counts: whether its like will take as long (not where it was kept from before)."""
        seconds = self.now() - self.began
        self.waiting.remove(label)
        if counts:
            self.taken.setdefault(label, []).append(seconds)
        return seconds

    @property
    def left(self) -> float:
        """Seconds for those that wait: the median of the same method, of all where it has not been seen; 0 while nothing has."""
        everything = [seconds for found in self.taken.values() for seconds in found]
        if not everything:
            return 0.0
        return sum(statistics.median(self.taken.get(label, everything)) for label in self.waiting)


def sentence(step: Step) -> str:
    """A line for people."""
    head = f"[{step.done} of {step.total}] {step.label}, seed {step.seed}"
    if step.failure:
        return f"{head}: failed: {step.failure}"
    found = ", ".join(f"{metric} {ours:.4f}{_beside(paper)}" for metric, (paper, ours) in step.figures.items())
    took = f"{step.seconds:.1f} s" if step.seconds else "kept from before"
    left = f"; about {_duration(step.left)} left" if step.left and step.done < step.total else ""
    return f"{head}: {found + '; ' if found else ''}{took}{left}"


def _beside(paper: float | None) -> str:
    return "" if paper is None else f" (paper {paper:.4f})"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
