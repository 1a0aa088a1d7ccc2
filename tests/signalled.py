"""A command that tests send signals to, and the processes below it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .warm import Started, warm

LEFT = 2.0  # seconds after which nothing may be left
needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are listed by /proc")


def children(pid: int) -> set[int]:
    """Everything below a process, from /proc."""
    below: dict[int, set[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        below.setdefault(parent, set()).add(int(entry.parent.name))
    found: set[int] = set()
    wanted = [pid]
    while wanted:
        new = below.get(wanted.pop(), set()) - found
        found |= new
        wanted += new
    return found


def alive(pids: set[int]) -> set[int]:
    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    return {pid for pid in pids if runs(pid)}


def begin(*words: object) -> Started:
    """A command in a process group of its own, as a shell starts it. No signal is ignored, even where the suite itself ignores
    some: under nohup, or in the background of a script."""
    return warm().start("-m", "pyexplain", *words, group=True)


def wait_for(happened: Callable[[], bool], process: Started) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError(f"it never came to that: {process.poll()} {process.communicate(0)}")


def left(pids: set[int], patience: float = LEFT) -> set[int]:
    """Those that are still there when all should have ended, so many seconds later."""
    deadline = time.monotonic() + patience
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive(pids)
