"""Jobs for engines: squares, by workers that may be lost, slow or wrong."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pyexplain.data import shards
from pyexplain.data.room import Room
from pyexplain.engines.base import Engine
from pyexplain.engines.on_ray import RayEngine
from pyexplain.errors import DataError


def square(job: int) -> int:
    """What a job is."""
    if job < 0:
        raise DataError(f"{job} has no square here", where="jobs:1", hint="Give another.")
    return job * job


def squares() -> Callable[[int], int]:
    """What a worker starts with."""
    return square


def process_number() -> Callable[[int], int]:
    """What a worker starts with who says which process it is."""
    return lambda job: os.getpid()


def refused() -> Callable[[int], int]:
    """A start that fails."""
    square(-1)
    return square


@dataclass(frozen=True)
class Mortal:
    """A start of workers that are killed after so many jobs, and leave a mark each time."""

    marks: Path
    lives: int

    def __call__(self) -> Callable[[int], int]:
        met = [0]

        def work(job: int) -> int:
            met[0] += 1
            if met[0] > self.lives:
                (self.marks / str(os.getpid())).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return square(job)

        return work


@dataclass(frozen=True)
class Lost:
    """A worker's start whose process is killed in the middle of its second job, once in all, or each time that it has a job."""

    start: Callable[[], Callable[[Any], Any]]
    mark: Path | None

    def __call__(self) -> Callable[[Any], Any]:
        do, met = self.start(), [0]

        def and_die(job: Any) -> Any:
            met[0] += 1
            if self.mark is None or (met[0] == 2 and not self.mark.exists()):
                if self.mark is not None:
                    self.mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return do(job)

        return and_die


@dataclass(frozen=True)
class Losing:
    """An engine with one worker that is killed."""

    mark: Path | None
    engine: Engine = RayEngine(2)

    @property
    def on_this_machine(self) -> bool:
        """See Engine."""
        return self.engine.on_this_machine

    def ahead(self) -> AbstractContextManager[Engine]:
        """See Engine."""
        return nullcontext(self)

    def results(self, here: Any, elsewhere: Any, jobs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """See Engine."""
        return self.engine.results(here, lambda: Lost(elsewhere(), self.mark), jobs)


@dataclass(frozen=True)
class Stopped:
    """An engine whose caller is stopped after two parts, as by a signal."""

    engine: Engine

    @property
    def on_this_machine(self) -> bool:
        """See Engine."""
        return self.engine.on_this_machine

    def ahead(self) -> AbstractContextManager[Engine]:
        """See Engine."""
        return nullcontext(self)

    def results(self, here: Any, elsewhere: Any, jobs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """See Engine."""
        for number, found in enumerate(self.engine.results(here, elsewhere, jobs)):
            if number == 2:
                raise KeyboardInterrupt
            yield found


@dataclass(frozen=True)
class FullDisk:
    """A worker's start on a machine whose disk takes nothing beyond a page of a file; large tables would be unpacked there."""

    start: Callable[[], Callable[[Any], Any]]
    mark: Path

    def __call__(self) -> Callable[[Any], Any]:
        shards.Room = partial(Room, 8)  # type: ignore[misc, assignment]
        do = self._on_it(self.start)
        return lambda job: self._on_it(do, job)

    def _on_it(self, call: Callable[..., Any], *given: Any) -> Any:
        self.mark.touch()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            return call(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            shards.Room = Room  # type: ignore[misc]


@dataclass(frozen=True)
class Cramped:
    """Ray, whose workers have no room on disk."""

    mark: Path
    engine: RayEngine = RayEngine(2)
    on_this_machine: ClassVar[bool] = False

    def results(self, here: Any, elsewhere: Any, jobs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """See Engine."""
        return self.engine.results(here, lambda: FullDisk(elsewhere(), self.mark), jobs)


@dataclass(frozen=True)
class Writing:
    """A start whose jobs write as many bytes into a file."""

    folder: Path

    def __call__(self) -> Callable[[int], int]:
        return lambda job: (self.folder / str(job)).write_bytes(bytes(job))


PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Patient:
    """Job 0 takes as long as all others together: it ends when `others` have left their marks in the folder. Its result is -1
    where they were kept waiting for it."""

    marks: Path
    others: int

    def __call__(self) -> Callable[[int], int]:
        """What a worker starts with."""
        return self.work

    def work(self, job: int) -> int:
        """The square, when the time has come."""
        if job:
            (self.marks / str(job)).touch()
            return square(job)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if len(list(self.marks.iterdir())) == self.others:
                return square(job)
            time.sleep(0.01)
        return -1


@dataclass(frozen=True)
class Slow:
    """A start whose jobs leave a mark when they begin, and take so many seconds."""

    mark: Path
    seconds: float

    def __call__(self) -> Callable[[int], int]:
        def work(job: int) -> int:
            self.mark.touch()
            time.sleep(self.seconds)
            return square(job)

        return work

    def signalled(self, how: signal.Signals, sent: list[float]) -> None:
        """Send this process a signal when the first has begun; sent: when."""
        while not self.mark.exists():
            time.sleep(0.05)
        sent.append(time.monotonic())
        os.kill(os.getpid(), how)


@dataclass(frozen=True)
class Large:
    """A start that does not fit into the call that makes a worker: Ray keeps it apart, and has to keep it for the next one."""

    weight: bytes = bytes(2**20)

    def __call__(self) -> Callable[[int], int]:
        return square
