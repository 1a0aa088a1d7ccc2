"""Room for what grows with the data: in memory as far as it is told, beyond that in files without a name.

Such a file is nobody's but its process's: the system takes it back when it is let go of, however the process ends. Its pages are
the system's to take whenever memory is short.
"""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import DataError, option
from .scratch import final_name

MEMORY = 512 * 2**20
SHARE = 8  # of so many tables that may be there at a time, each may take an equal part of the memory
ARRAYS = (
    64  # the same of arrays: there are more of them, and one in a file costs next to nothing, its pages being kept while they can
)


@dataclass(frozen=True)
class Room:
    """memory: bytes that data may take there. folder: where files go (None: the system's folder of temporary files)."""

    memory: int = MEMORY
    folder: Path | None = None

    @property
    def share(self) -> int:
        """Bytes above which a table goes to disk."""
        return self.memory // SHARE

    def array(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
        """A new array, of whatever values; a large one lies in a file. DataError where the disk is full."""
        kind = np.dtype(dtype)
        size = kind.itemsize * int(np.prod(shape, dtype=np.int64))
        if size <= self.memory // ARRAYS:
            return np.empty(shape, kind)
        with self.told(), self.file() as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is met here: where a page is written, it would be a signal
            return np.frombuffer(mmap.mmap(file.fileno(), size), kind).reshape(shape)

    def file(self) -> IO[bytes]:
        """A new file without a name, to write and read."""
        with self.told():
            return tempfile.TemporaryFile(dir=self.folder)

    @contextmanager
    def told(self) -> Iterator[None]:
        """From an error of the system to one that says where there was no room, and what to do."""
        try:
            yield
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            what = "no space is left for what does not fit into memory" if full else f"cannot be written: {error.strerror or error}"
            hint = f"Free some, or let more stay in memory: {option('max_memory')}."
            where = final_name(self.folder) if self.folder else tempfile.gettempdir()
            raise DataError(what, where=str(where), hint=hint) from error


IN_MEMORY = Room(2**62)


def give_back(array: np.ndarray[Any, Any]) -> None:
    """Let go of the memory of an array that lies in a file; what it holds stays, and is read again when it is asked for."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    held = base.obj if isinstance(base, memoryview) else base
    if isinstance(held, mmap.mmap):
        held.madvise(mmap.MADV_DONTNEED)
