"""The engine of this name; nothing is started or imported before there is a job."""

from __future__ import annotations

from ..errors import UsageError, option
from .base import Engine
from .local import LocalEngine
from .on_ray import RayEngine
from .processes import ProcessEngine

ENGINES = ("local", "ray")


def engine_of(name: str = "local", workers: int | None = None, address: str | None = None) -> Engine:
    """local: this machine; this process, or as many workers as are said. ray: workers, one a core unless said otherwise, of this
    machine or of the cluster at the address.

    UsageError for another name, a number of processes out of bounds, or an address that this machine has no use for.
    """
    if name == "ray":
        return RayEngine(workers, address)
    if name != "local":
        raise UsageError(f"unknown engine {name!r}", where=option("engine"), hint=f"Known: {', '.join(ENGINES)}.")
    if address is not None:
        raise UsageError("the engine local reaches no cluster", where=option("ray_address"), hint="Say --engine ray.")
    return LocalEngine() if workers in (None, 1) else ProcessEngine(workers)
