"""The engine of many processes or machines: actors of Ray. What is scheduled, sent, begun again and where is Ray's.

An actor whose process or machine is lost is made anew by Ray, elsewhere where it must be, and the job that it had is done again;
a job gives the same bits wherever it is done, so the result does not show it.
https://docs.ray.io/en/latest/ray-core/fault_tolerance/actors.html
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any, ClassVar

from ..errors import PyexplainError, RunError, option
from .base import Do, Engine, J, R, Start
from .ray_session import ray_package, reach, running

LOSSES = 8  # times that one actor may be lost: a job that takes its worker with it ends, too
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class RayEngine:
    """workers: actors of one core each (None: one a core). address: of a cluster ("auto", "ray://HOST:10001", "HOST:6379"); None:
    Ray is started in this machine for as long as the jobs take, unless it is running in this process already. losses: how often
    one worker may be lost before the jobs are given up."""

    workers: int | None = None
    address: str | None = None
    losses: int = LOSSES
    on_this_machine: ClassVar[bool] = False  # a worker that is lost may be made anew on another

    @contextmanager
    def ahead(self) -> Iterator[Engine]:
        """See Engine: Ray takes some seconds to start. Where it is not installed, or nobody listens at the address, is said at
        once."""
        if find_spec("ray") is None:
            ray_package()
        reach(self.address)
        begun = ExitStack()
        with begun, ThreadPoolExecutor(1) as beside:
            yield _Begun(self, beside.submit(lambda: begun.enter_context(running(ray_package(), self.workers, self.address))))

    def results(self, here: Do[J, R], elsewhere: Callable[[], Start[J, R]], jobs: Iterable[J]) -> Iterator[tuple[int, R]]:
        """See Engine."""
        ray = ray_package()
        with running(ray, self.workers, self.address), self._told(ray):
            actor = ray.remote(num_cpus=1, max_restarts=self.losses, max_task_retries=self.losses)(_Worker)
            start = [ray.put(elsewhere())]  # once for all; in a list, it is fetched by who asks for it
            yield from _results([actor.remote() for _ in range(self._count(ray))], start, jobs)

    def _count(self, ray: Any) -> int:
        return self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))

    @contextmanager
    def _told(self, ray: Any) -> Iterator[None]:
        """From what Ray raises to what went wrong: errors of ours as they are, full disks, and workers that are lost too often."""
        try:
            yield
        except ray.exceptions.OutOfDiskError as error:  # of Ray's objects, here or where a worker is
            hint = f"Free some there, or let less wait: lower {option('max_memory')} or {option('workers')}."
            what = "no space is left where Ray keeps what waits for its turn, in memory or on disk"
            raise RunError(what, where=option("engine"), hint=hint) from error
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, PyexplainError):
                raise error.cause from error
            if isinstance(error.cause, OSError) and error.cause.errno in FULL:
                hint = "Free some on its machine, and go on: what is done is kept where parts are."
                raise RunError("no space is left on the disk of a worker", where=option("engine"), hint=hint) from error
            raise
        except ray.exceptions.RayActorError as error:
            hint = f"A worker may need more memory than there is: lower {option('max_memory')} or {option('workers')}."
            raise RunError(f"a worker was lost {self.losses + 1} times", where=option("engine"), hint=hint) from error


def _results(workers: list[Any], start: list[Any], jobs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """What comes of each job, as it ends. Waiting is Python's own: what the handler of a signal raises in Ray's would come when the
    job at hand is done, or be lost. At the end no worker is known to anybody, and so Ray ends them: what was raised holds this
    frame, and would hold them and their cores."""
    left, given = enumerate(jobs), dict[Future[Any], int]()

    def give(at: int) -> None:
        for numbered in islice(left, 1):
            given[workers[at].do.remote(start, *numbered).future()] = at

    try:
        for at in range(len(workers)):
            give(at)
        while given:
            ended = next(iter(wait(given, return_when=FIRST_COMPLETED).done))
            at, found = given.pop(ended), ended.result()
            give(at)  # before the caller has it, who may take a while
            yield found
    finally:
        workers.clear()
        given.clear()


@dataclass(frozen=True)
class _Begun:
    """The engine, once Ray has been started; the result says no more than that."""

    engine: RayEngine
    started: Future[None]
    on_this_machine: ClassVar[bool] = RayEngine.on_this_machine

    def ahead(self) -> AbstractContextManager[Engine]:
        """See Engine: it is begun."""
        return nullcontext(self)

    def results(self, here: Do[J, R], elsewhere: Callable[[], Start[J, R]], jobs: Iterable[J]) -> Iterator[tuple[int, R]]:
        """See Engine."""
        self.started.result()
        return self.engine.results(here, elsewhere, jobs)


class _Worker:
    """One actor: it holds what its jobs need."""

    def __init__(self) -> None:
        self._do: Do[Any, Any] | None = None

    def do(self, start: list[Any], number: int, job: Any) -> tuple[int, Any]:
        """One job. What is held is read with the first of them, also where the actor was made anew, so that what goes wrong there
        is told as it is. start: where what it starts with lies, alone."""
        if self._do is None:
            self._do = ray_package().get(start[0])()
        return number, self._do(job)
