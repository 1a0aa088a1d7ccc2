"""Work for processes that do it together: some are killed, some fail, all of one group of torch."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import distributed

from pyexplain.recommenders.data_parallel import DataParallel, of_group

Tell = Callable[[Any], None]


def group() -> DataParallel:
    """This process among at least two."""
    parallel = of_group()
    assert parallel is not None
    return parallel


def kill() -> None:
    """This process, as the system does it for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def counted(tell: Tell, kept: Path) -> None:
    """Every rank is told by the first."""
    total = group().total(1.0 + group().rank)
    if group().rank == 0:
        tell(distributed.get_backend())
        tell(total)
        tell(str(Path.cwd()))


@dataclass(frozen=True)
class Failing:
    """One rank fails, and the others wait for it."""

    rank: int
    error: Exception

    def __call__(self, tell: Tell, kept: Path) -> None:
        if group().rank == self.rank:
            raise self.error
        group().wait()


@dataclass(frozen=True)
class Lost:
    """A rank that is killed each time, while the others wait for it, when all have been there for a while."""

    rank: int

    def __call__(self, tell: Tell, kept: Path) -> None:
        group().wait()
        if group().rank == self.rank:
            time.sleep(1.5)
            kill()
        group().wait()


@dataclass(frozen=True)
class LostLater:
    """Work whose process of this rank is killed as soon as a file is there, with more in it than `least` bytes; once."""

    work: Callable[[Tell, Path], None]
    rank: int
    file: Path
    least: int
    mark: Path

    def __call__(self, tell: Tell, kept: Path) -> None:
        def die() -> None:
            while not self.file.exists() or self.file.stat().st_size <= self.least:
                time.sleep(0.005)
            self.mark.touch()
            kill()

        if distributed.get_rank() == self.rank and not self.mark.exists():
            threading.Thread(target=die, daemon=True).start()
        self.work(tell, kept)
