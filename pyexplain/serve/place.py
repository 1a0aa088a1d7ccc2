"""Where the present run stands, and how another one takes its place: whole, so that a request sees one run from start to end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .people import People
from .problems import RefusedError
from .served import Served


class Place:
    """Where the present run stands, and how another one is put there."""

    def __init__(self, load: Callable[[], Served]) -> None:
        self._load, self._lock = load, threading.Lock()
        self.people = People(load())

    @property
    def now(self) -> Served:
        """The present run."""
        return self.people.served

    def reload(self) -> Served:
        """Load the run anew and put it in the old one's place. Where that fails the old one stays, and the error says why."""
        if not self._lock.acquire(blocking=False):
            raise RefusedError(409, "a run is being loaded already", hint="Ask /health which one is served.")
        try:
            self.people = People(self._load())
        finally:
            self._lock.release()
        return self.now
