"""The engine of one process: no workers, nothing to start, nothing between the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar

from .base import Do, Engine, J, R, Start


@dataclass(frozen=True)
class LocalEngine:
    """One job after another."""

    on_this_machine: ClassVar[bool] = True

    def ahead(self) -> AbstractContextManager[Engine]:
        """See Engine: nothing is started before there are jobs."""
        return nullcontext(self)

    def results(self, here: Do[J, R], elsewhere: Callable[[], Start[J, R]], jobs: Iterable[J]) -> Iterator[tuple[int, R]]:
        """See Engine: in the order of the jobs."""
        for number, job in enumerate(jobs):
            yield number, here(job)
