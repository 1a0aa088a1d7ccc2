"""On which machine and with which libraries figures were made: the last bits of sums depend on both."""

from __future__ import annotations

import platform
import re
from importlib.metadata import version
from pathlib import Path

import torch

LIBRARIES = ("torch", "numpy")


def family() -> str:
    """Processors of one family run the same code: maker, family, instruction set that torch chose. "unknown" where no one says."""
    facts = Path("/proc/cpuinfo")
    text = facts.read_text(encoding="utf-8") if facts.is_file() else ""
    found = [re.search(rf"^{key}\s*:\s*(\S+)", text, re.MULTILINE) for key in ("vendor_id", "cpu family")]
    if not all(found):
        return "unknown"
    maker, number = (match.group(1) for match in found if match)
    return f"{platform.system()} {platform.machine()} {maker} {number} {torch.backends.cpu.get_cpu_capability()}"


def machine() -> dict[str, str]:
    """Family of the processor, and versions of the libraries whose sums are in the figures."""
    return {"processor": family(), **{name: version(name) for name in LIBRARIES}}
