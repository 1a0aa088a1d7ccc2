"""One request after the other is computed, in a thread of its own, while others wait their turn or are sent away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

from .problems import RefusedError
from .settings import ServiceSettings

T = TypeVar("T")


class Desk:
    """A run is asked by one thread at a time: torch uses the cores within an answer, and what is kept of a run needs no lock."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self._limiter: CapacityLimiter | None = None

    async def ask(self, work: Callable[[], T]) -> T:
        """What the work gives. Refused with 503 where too many wait, or where it takes too long: what is being computed then is
        finished and thrown away, for a thread cannot be stopped."""
        if self._limiter is None:  # belongs to the loop that runs
            self._limiter = CapacityLimiter(1)
        again = {"Retry-After": "1"}
        if self._limiter.statistics().tasks_waiting >= self.settings.waiting:
            raise RefusedError(503, f"{self.settings.waiting} requests are waiting already", hint="Ask again later.", headers=again)
        with anyio.move_on_after(self.settings.seconds):
            return await to_thread.run_sync(work, limiter=self._limiter, abandon_on_cancel=True)
        what = f"there was no answer within {self.settings.seconds:g} seconds"
        raise RefusedError(503, what, hint="Ask for less at once, or again later.", headers=again)

    async def aside(self, work: Callable[[], T]) -> T:
        """The same without a turn, beside what is being answered, for as long as it takes."""
        return await to_thread.run_sync(work)
