"""Signals that ask us to stop become an exception of the main thread, so that what is half made is cleaned away."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

WATCHED = ("SIGINT", "SIGTERM", "SIGHUP")
AGAIN = 2.0  # seconds after which a second signal ends the process at once: cleaning up hangs


class StoppedError(BaseException):
    """A signal asked us to stop; no Exception, so that nobody takes it for a failure of his own."""

    def __init__(self, number: int) -> None:
        self.number, self.name = number, signal.Signals(number).name
        super().__init__(self.name)


@contextmanager
def watched() -> Iterator[None]:
    """StoppedError in the main thread for the first signal. What the caller ignores (nohup, a shell's `&`) stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    since: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if since and time.monotonic() - since[0] > AGAIN:
            os._exit(128 + number)
        if not since:
            since.append(time.monotonic())
            raise StoppedError(number)

    numbers = [getattr(signal, name) for name in WATCHED if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            if before[number] not in (signal.SIG_IGN, None):
                signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)
