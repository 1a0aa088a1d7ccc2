"""The engine of several processes of this machine: nothing to install, and none of them outlives the call.

A worker that is lost takes its pool with it; another pool does again what was in hand. A job gives the same bits wherever it is
done, so the result does not show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from typing import ClassVar

from ..errors import RunError, either, option
from ..limits import check_count, max_workers
from .base import Do, Engine, J, R, Start
from .worker_pool import WorkerPool, held, worker_pool

LOSSES = 8  # times that workers are begun again: a job that takes its worker with it ends, too


@dataclass(frozen=True)
class ProcessEngine:
    """workers: the most processes; where there are fewer jobs fewer are started, and none for one job. losses: how often they are
    begun again when one was lost; not where nothing was done before it, since the next would go the same way. UsageError for
    workers out of 1..4 per core (at least 64)."""

    workers: int
    losses: int = LOSSES
    on_this_machine: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_count(self.workers, option("workers"), 1, max_workers())

    def ahead(self) -> AbstractContextManager[Engine]:
        """See Engine: nothing is started before there are jobs."""
        return nullcontext(self)

    def results(self, here: Do[J, R], elsewhere: Callable[[], Start[J, R]], jobs: Iterable[J]) -> Iterator[tuple[int, R]]:
        """See Engine."""
        left = enumerate(jobs)
        first = list(islice(left, 2))
        if len(first) < 2:  # a worker would take longer to start than it could save
            yield from ((number, here(job)) for number, job in first)
        else:
            yield from self._by_workers(elsewhere(), chain(first, left))

    def _by_workers(self, start: Start[J, R], left: Iterator[tuple[int, J]]) -> Iterator[tuple[int, R]]:
        for _ in range(self.losses + 1):
            again: list[tuple[int, J]] = []
            idle = True
            with worker_pool(self.workers) as pool:
                for found in _results(pool, self.workers, start, left, again):
                    idle = False
                    yield found
            if not again:
                return
            if idle:
                break
            left = chain(again, left)
        raise _lost()


def _results(
    pool: WorkerPool, workers: int, start: Start[J, R], left: Iterator[tuple[int, J]], again: list[tuple[int, J]]
) -> Iterator[tuple[int, R]]:
    """What comes of jobs that are left; of those in hand when a worker is lost nothing does, and they are added to `again`."""
    given: dict[Future[R], tuple[int, J]] = {}

    def give() -> None:
        while len(given) < workers and not again and (numbered := next(left, None)):
            try:
                given[pool.submit(_work, start, numbered[1])] = numbered
            except BrokenProcessPool:
                again.append(numbered)

    give()
    while given:
        ended = next(iter(wait(given, return_when=FIRST_COMPLETED).done))
        numbered = given.pop(ended)
        if isinstance(ended.exception(), BrokenProcessPool):
            again.append(numbered)
            continue
        found = numbered[0], ended.result()
        give()  # before the caller has it, who may take a while
        yield found


def _work(start: Start[J, R], job: J) -> R:
    """In a worker."""
    return held(start)(job)


def _lost() -> RunError:
    memory = f"It may have needed more memory than there is: lower {option('max_memory')} or {option('workers')}."
    script = either(" A script starts workers under: if __name__ == '__main__'.", "")  # each of them runs it as a module first
    hint = f"{memory} Parts that are done are kept: {either('resume=True', '--resume')} goes on with them.{script}"
    return RunError("a worker process was lost before its work was done", where=option("workers"), hint=hint)
