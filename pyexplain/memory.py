"""Sizes of memory as people write them."""

from __future__ import annotations

import re

from .errors import UsageError
from .limits import human, machine_memory

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parse_size(text: str, where: str) -> int:
    """Bytes from "512M", "2G", "1048576"; UsageError otherwise, and where it is more than the machine has."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    if not match or float(match[1]) == 0:
        raise UsageError(f"{text!r} is not a size", where=where, hint="For example: 512M or 2G.")
    found, there = float(match[1]) * UNITS[match[2].upper()], machine_memory()
    if found > there:
        raise UsageError(f"{text!r} is more than the {human(there)} of this machine", where=where, hint="For example: 512M or 2G.")
    return max(1, int(found))
