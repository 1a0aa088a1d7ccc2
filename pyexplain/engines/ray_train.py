"""Processes that work together, by Ray Train: it starts them, on one machine or many, makes them a process group of torch (gloo),
and begins all of them again where one was lost.

What they tell goes through a queue of Ray, so that it is heard while they work. Ray Train itself is called in a process of Ray, not
in ours: there its handling of signals, its imports and what it prints are out of the way, and all of it ends with that process.
https://docs.ray.io/en/latest/train/train.html
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .in_ray_train import Ended, Work, failed, fit_by_ray
from .on_ray import RayEngine
from .ray_session import ray_package, running

PATIENCE = 10.0  # seconds for Ray Train to end what it started


@contextmanager
def together(engine: RayEngine, work: Work, shared: Path) -> Iterator[Iterator[Any]]:
    """What the processes tell, while each of engine.workers (None: one) does the work, in a group of torch.distributed that is
    ready. There is room for one thing that is told and not yet asked for here.

    shared: a folder that the machines of a cluster have in common; nothing is left in it. What the work raises ends all processes
    and is raised here, but for LostError: then all are begun again, as where one was killed, engine.losses times at most, and the
    work finds out by itself what was done. Whatever ends the block early ends the processes.

    RunError where a process is lost too often, or Ray Train cannot do it.
    """
    ray = ray_package()
    with running(ray, engine.workers or 1, engine.address), _folder(engine, shared) as folder:
        from ray.util.queue import Queue

        queue = Queue(maxsize=1, actor_options={"num_cpus": 0})
        # Its process ends with it, and what Ray Train may have left there: it would keep its cores from whoever comes next.
        fit, workers = ray.remote(num_cpus=0, max_retries=0, max_calls=1)(fit_by_ray), engine.workers or 1
        fitting = fit.remote(work, queue, folder, workers, engine.losses, os.getcwd())
        ended = fitting.future()
        try:
            yield _heard(ray, queue, ended)
        finally:
            if not ended.done():
                ray.cancel(fitting)  # as Ctrl-C there, on which Ray Train ends its processes and frees what they had
                wait((ended,), timeout=PATIENCE)
                ray.cancel(fitting, force=True)
            queue.shutdown(force=True)


def _folder(engine: RayEngine, shared: Path) -> tempfile.TemporaryDirectory[str]:
    """Where Ray Train keeps what it must; of a cluster all machines want to see it."""
    whole = shared.resolve()
    there = next(folder for folder in (whole, *whole.parents) if folder.is_dir())
    return tempfile.TemporaryDirectory(prefix=".ray-train-", dir=there if engine.address else None, ignore_cleanup_errors=True)


def _heard(ray: Any, queue: Any, fit: Future[None]) -> Iterator[Any]:
    """Until the end. Waiting is Python's own: Ray's would not let a signal through."""
    try:
        while True:
            coming = queue.actor.get.remote().future()
            if fit in wait((coming, fit), return_when=FIRST_COMPLETED).done:
                fit.result()  # the end is told before it ends, unless it is lost
            told = coming.result()
            if not isinstance(told, Ended):
                yield told
            elif told.error is None:
                return
            else:
                raise told.error
    except ray.exceptions.RayError as error:
        raise failed(error) from error
