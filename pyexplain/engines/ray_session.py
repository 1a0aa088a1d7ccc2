"""Ray for as long as it is asked: embedded in this machine, that of a cluster, or one that this process has already."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import RunError, UsageError, option
from ..limits import cores

WAIT = 10  # seconds for a cluster to be there
LISTENER = "ray_listen_error_messages"  # a thread of Ray
STORE = 512 * 2**20  # bytes of shared memory that results of embedded workers may wait in


def ray_package() -> Any:
    """The package; UsageError that says what to install where it is not there."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody unless a person says so
    try:
        import ray
    except ImportError as error:
        hint = "Install it: pip install 'pyexplain[ray]'"
        raise UsageError(f"the engine ray needs the package {error.name}", where=option("engine"), hint=hint) from error
    return ray


@contextmanager
def running(ray: Any, workers: int | None, address: str | None) -> Iterator[None]:
    """workers: of one core each (None: one a core), where Ray is started in this machine; address: of a cluster. One that this
    process has already is used, and left running. RunError where it cannot be reached."""
    if ray.is_initialized():
        yield
        return
    reach(address)
    embedded = {"num_cpus": workers or cores(), "include_dashboard": False, "object_store_memory": STORE}
    try:
        with _own_sigterm():
            ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **({} if address else embedded))
    except (ConnectionError, OSError, ValueError, RuntimeError) as error:
        raise _unreached(error) from error
    try:
        yield
    finally:
        with _unheard(LISTENER):
            ray.shutdown()


@contextmanager
def _unheard(thread: str) -> Iterator[None]:
    """Nothing is printed of what goes wrong in threads of this name. Ray's own, which waits for messages, is cut off where Ray ends
    as soon as it has begun, and would print a traceback to a person who had one wrong line in a file."""
    heard = threading.excepthook
    threading.excepthook = lambda error: None if error.thread is not None and error.thread.name == thread else heard(error)
    try:
        yield
    finally:
        threading.excepthook = heard


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """What SIGTERM does stays as it was; Ray would have it end the process, with status 1."""
    before = signal.getsignal(signal.SIGTERM) if threading.current_thread() is threading.main_thread() else None
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def reach(address: str | None) -> None:
    """RunError where nobody listens at HOST:PORT; Ray itself would wait for ever."""
    host, _, port = (address or "").removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=WAIT).close()
    except (OSError, OverflowError) as error:
        raise _unreached(error) from error


def _unreached(error: Exception) -> RunError:
    said = " ".join(str(error).split())[:200]
    return RunError(f"Ray cannot be reached: {said}", where=option("ray_address"), hint="Start it there: ray start --head")
