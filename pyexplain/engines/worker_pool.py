"""Worker processes that never outlive who started them: not after an error, not after a signal, not after a kill."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, TypeVar

from ..errors import RunError, option

T = TypeVar("T")


class WorkerPool:
    """Processes that apply functions; see `worker_pool`."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Begin; a process that is started for it ignores Ctrl-C, which a terminal sends to all: we are asked, and end it."""
        with _held_back("SIGINT"):
            return self._pool.submit(function, *arguments)


@contextmanager
def worker_pool(workers: int) -> Iterator[WorkerPool]:
    """So many processes. Whatever ends the block early ends them.

    What they need comes with each piece of work: more than a pipe holds at once, handed over at the start, would have us wait for
    the new process to read it, and a signal in that time would leave it with half of it.

    RunError where one of them ended by itself, as when the system takes its memory back.
    """
    # spawn, not fork: the caller may hold threads (torch does), and a forked copy of a held lock never opens.
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    with _held_back("SIGHUP"):  # it ignores the other two by itself; without it, locks are left behind
        resource_tracker.ensure_running()
    pool = ProcessPoolExecutor(workers, context, initializer=_begin)
    try:
        yield WorkerPool(pool)
    except BaseException as error:
        for process in set(multiprocessing.active_children()) - before:
            process.kill()
        pool.shutdown(cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            hint = f"Perhaps the memory ran out: give fewer {option('workers')}."
            raise RunError("a worker process ended before its work was done", hint=hint) from error
        raise
    pool.shutdown()


_held: list[Any] = []  # of a worker process alone


def held(start: Callable[[], T]) -> T:
    """In a worker: what start() makes, once, with the first piece of work that asks; a pool's work all asks for the same."""
    if not _held:
        _held[:] = [start()]
        gc.freeze()  # what is made here stays as long as the process
    made: T = _held[0]
    return made


def _begin() -> None:
    """In a new process: watch the parent from now on."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # returns at once where it is dead already
        os._exit(1)


@contextmanager
def _held_back(name: str) -> Iterator[None]:
    """A signal blocked in this thread, which a process that is started meanwhile inherits, from its first instruction on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {getattr(signal, name)})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
