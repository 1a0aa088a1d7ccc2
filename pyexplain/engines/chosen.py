"""The engine of this name; nothing is started or imported before there is a job."""

from __future__ import annotations

from ..errors import UsageError, option
from .base import Engine
from .local import LocalEngine
from .on_ray import RayEngine

ENGINES = ("local", "ray")


def engine_of(name: str = "local", workers: int | None = None, address: str | None = None) -> Engine:
    """local: this process. ray: workers, one a core unless said otherwise, of this machine or of the cluster at the address.

    UsageError for another name, or for workers or an address that this process has no use for.
    """
    if name == "ray":
        return RayEngine(workers, address)
    if name != "local":
        raise UsageError(f"unknown engine {name!r}", where=option("engine"), hint=f"Known: {', '.join(ENGINES)}.")
    for given, what in ((workers, option("workers")), (address, option("ray_address"))):
        if given is not None:
            raise UsageError("the engine local has no workers", where=what, hint="Say --engine ray.")
    return LocalEngine()
