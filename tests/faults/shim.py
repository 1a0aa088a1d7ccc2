"""The library of shim.c: made by the C compiler of the machine, preloaded into processes that are to be stopped."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
OFF, COUNT, BEFORE, AFTER, FULL = range(5)
KILLED = 137  # the exit status of a process that the shim ended


def reason() -> str | None:
    """Why the shim cannot be made here; None where it can."""
    if os.name != "posix" or not Path("/proc/self/fd").exists():
        return "counts calls by /proc, which is not here"
    return None if shutil.which("cc") else "no C compiler (cc)"


def build(folder: Path) -> Path:
    """Compile the library into a folder."""
    made = folder / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"], check=True)
    return made


class Shim:
    """The library in this process, which must have been started with it preloaded."""

    def __init__(self, library: str) -> None:
        self._library = ctypes.CDLL(library)
        self._library.fault_count.restype = ctypes.c_long
        self._library.fault_arm.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int]

    def arm(self, folder: Path, at: int, mode: int) -> None:
        """From now on count the changes below the folder, and act at the at-th."""
        self._library.fault_arm(os.fsencode(folder), at, mode)

    def count(self) -> int:
        """Changes since then."""
        return int(self._library.fault_count())
