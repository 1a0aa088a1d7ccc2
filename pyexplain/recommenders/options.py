"""Options of a run (seed, device, threads, progress): they belong to this run, not to a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError, option
from ..limits import MAX_SEED, check_count, max_workers

if TYPE_CHECKING:
    from .data_parallel import DataParallel
    from .warm_start import WarmStart

DEVICES = ("cpu", "cuda", "auto")


def _silent(label: str, done: int, total: int) -> None:
    """The library says nothing by itself."""


def _unheard(entry: Mapping[str, float]) -> None:
    """Nobody asked."""


@dataclass(frozen=True)
class RunOptions:
    """seed; device "cpu", "cuda" (the current GPU), "cuda:1" or "auto"; threads (None = torch's choice).

    progress(label, done, total) is called now and then; the command line draws a bar from it. checkpoints: folder for the
    state after each epoch (None = keep none); resume: go on from the newest complete one. max_memory: bytes that explaining
    may use for a batch. labels: what the run is of (method, explainer, its settings); a checkpoint with others is refused.
    warm_start: what to start from in place of drawn parameters (None = a new model).
    callback(entry) is called after each epoch with what the history keeps of it; what it raises ends the training.
    parallel: this process among several that train one model (None: it trains alone).
    UsageError where a number is out of bounds: a seed in 0..2^63-1, threads up to 4 per core (at least 64).
    """

    seed: int = 0
    device: str = "cpu"
    threads: int | None = None
    progress: Callable[[str, int, int], None] = _silent
    checkpoints: Path | None = None
    resume: bool = False
    max_memory: int = 512 * 2**20
    labels: Mapping[str, str] = field(default_factory=dict)
    callback: Callable[[Mapping[str, float]], None] = _unheard
    warm_start: WarmStart | None = None
    parallel: DataParallel | None = None

    def __post_init__(self) -> None:
        check_count(self.seed, option("seed"), 0, MAX_SEED)
        if self.threads is not None:
            check_count(self.threads, option("threads"), 1, max_workers())
        check_count(self.max_memory, option("max_memory"), 1, MAX_SEED)
        if self.device.partition(":")[0] not in DEVICES:
            raise UsageError(f"unknown device {self.device!r}", where=option("device"), hint=f"Known: {', '.join(DEVICES)}.")

    @property
    def writes(self) -> bool:
        """Whether this process is the one that keeps what comes of it."""
        return self.parallel is None or self.parallel.rank == 0
