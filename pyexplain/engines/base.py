"""What every engine does: jobs that do not depend on each other, each once, whatever becomes of the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from ..errors import RunError

J = TypeVar("J")
R = TypeVar("R")
Do = Callable[[J], R]
Start = Callable[[], Do[J, R]]  # can be pickled; called by a worker, it reads what is held there and gives what does a job


class LostError(RunError):
    """Of processes that work together another one was lost, which says nothing against the work itself."""


class Engine(Protocol):
    """Does jobs. A job and what comes of it can be pickled, and the same job gives the same bits wherever it is done."""

    @property
    def on_this_machine(self) -> bool:
        """Whether all jobs are done on the machine of the caller, by what it has: its graphics card, too."""

    def ahead(self) -> AbstractContextManager[Engine]:
        """The engine to use for as long as this is open: what workers need may be started at once, beside what the caller does
        before it has a job. What goes wrong there is told here, or with the first results."""

    def results(self, here: Do[J, R], elsewhere: Callable[[], Start[J, R]], jobs: Iterable[J]) -> Iterator[tuple[int, R]]:
        """What comes of each job, with its number (0, 1, ...), in whatever order they end.

        here: does a job in this process. elsewhere: asked by an engine that has workers, for what each of them starts with. Jobs
        are taken from the iterable as workers become free, and no more results wait than there are workers. What a job raises of
        ours is raised here. RunError where workers are lost again and again.
        """
