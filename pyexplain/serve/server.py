"""From a run's folder to a port that listens."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uvicorn

from ..api import load_run
from ..errors import UsageError
from ..recommenders.options import RunOptions
from ..registry import Registry
from .app import make_app
from .served import Served
from .settings import ServiceSettings

GRACE = 10  # seconds that answers in progress are given when the service is stopped


def loader(
    run: Path, registry: Registry, options: RunOptions, dataset: Path | None = None, explainer: str | None = None
) -> Callable[[], Served]:
    """Reads the run's folder as it is at that moment."""
    return lambda: Served.of(load_run(run, options=options, registry=registry, dataset=dataset), explainer)


def listen(load: Callable[[], Served], settings: ServiceSettings, listening: Callable[[str], None]) -> None:
    """Answer until a signal stops it; what is being answered then is answered first. listening: told the address when whoever is
    told may ask. UsageError where the port cannot be had."""
    port = _bound(settings)
    settings = replace(settings, port=port.getsockname()[1])
    with port:
        app = make_app(load, settings)
        port.listen(1024)  # who is told may ask at once, and waits in line
        listening(settings.url)
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE, server_header=False)
        uvicorn.Server(config).run([port])


def check_port(settings: ServiceSettings) -> None:
    """UsageError where the port cannot be had, for those who do something long before they listen."""
    _bound(settings).close()


def _bound(settings: ServiceSettings) -> socket.socket:
    """The port, before the long part: a taken one is soon told."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"cannot listen: {reason}", where=f"{settings.host}:{settings.port}", hint="Name another --host or --port."
        ) from error
    return bound
