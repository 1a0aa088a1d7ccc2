"""Options of a run (seed, device, threads, progress): they belong to this run, not to a method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def _silent(label: str, done: int, total: int) -> None:
    """The library says nothing by itself."""


@dataclass(frozen=True)
class RunOptions:
    """seed; device "cpu" or "cuda"; threads (None = torch's choice).

    progress(label, done, total) is called now and then; the command line draws a bar from it. checkpoints: folder for the
    state after each epoch (None = keep none); resume: go on from the newest complete one. max_memory: bytes that explaining
    may use for a batch. labels: what the run is of (method, explainer, its settings); a checkpoint with others is refused.
    """

    seed: int = 0
    device: str = "cpu"
    threads: int | None = None
    progress: Callable[[str, int, int], None] = _silent
    checkpoints: Path | None = None
    resume: bool = False
    max_memory: int = 512 * 2**20
    labels: Mapping[str, str] = field(default_factory=dict)
