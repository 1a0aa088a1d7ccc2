"""The pool of processes by itself: what a worker holds is made once, and one that is lost is told."""

from __future__ import annotations

import os
import signal

import pytest

from pyexplain.engines.worker_pool import held, worker_pool
from pyexplain.errors import RunError

made: list[int] = []  # of a worker


def make() -> int:
    """What a worker holds: how often it was made."""
    made.append(1)
    return len(made)


def look() -> int:
    return held(make)


def test_what_a_worker_holds_is_made_once() -> None:
    with worker_pool(1) as pool:
        assert [pool.submit(look).result() for _ in range(3)] == [1, 1, 1]
    assert not made


def test_one_that_is_lost_is_told() -> None:
    with pytest.raises(RunError, match="ended before its work was done") as caught, worker_pool(1) as pool:
        pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL).result()
    assert "fewer workers=..." in caught.value.hint
