"""What may be asked of this machine: numbers beyond these are refused in words, before anything is started or allocated."""

from __future__ import annotations

import os
from numbers import Integral
from pathlib import Path

from .errors import UsageError

MAX_COUNT = 2**31 - 1  # of anything that is counted: sizes, epochs, lists
MAX_SEED = 2**63 - 1  # torch's generators take no more
LEAST_BOUND = 64  # threads and processes that may be asked for on any machine; on larger ones, 4 per core


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def max_workers() -> int:
    """The most threads, or processes, that may be asked for: 4 per core, but at least 64. More only wait for each other."""
    return max(LEAST_BOUND, 4 * cores())


def machine_memory() -> int:
    """Bytes of memory of this machine, or of the control group (container) that it is kept in."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        bound = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(bound)) if bound.isdigit() else physical


def human(n_bytes: float) -> str:
    """ "3.2 GiB"."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
    power = min(len(units) - 1, max(0, int(n_bytes).bit_length() - 1) // 10)
    return f"{n_bytes / 1024**power:,.1f} {units[power]}" if power else f"{n_bytes:.0f} bytes"


def check_count(value: object, name: str, low: int, high: int) -> None:
    """UsageError unless the value is a whole number in low..high; name: what the message calls it."""
    if not isinstance(value, Integral) or isinstance(value, bool) or not low <= int(value) <= high:
        raise UsageError(f"{value!r} is not a whole number in {low}..{high}", where=name)
