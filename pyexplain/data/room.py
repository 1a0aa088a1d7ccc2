"""Room for what grows with the data: in memory as far as it is told, beyond that in files without a name.

Such a file is nobody's but its process's: the system takes it back when it is let go of, however the process ends. Its pages are
the system's to take whenever memory is short.
"""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, option
from .scratch import final_name
from .views import blocks

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

    def divided(self, among: int = SHARE) -> Room:
        """What each of so many may take who take theirs at the same time."""
        return Room(self.memory // among, self.folder)

    def array(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
        """A new array, of whatever values; a large one lies in a file. DataError where the disk is full."""
        kind = np.dtype(dtype)
        size = kind.itemsize * int(np.prod(shape, dtype=np.int64))
        if size <= self.memory // ARRAYS:
            return np.empty(shape, kind)
        with self.told(), self.file() as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is met here: where a page is written, it would be a signal
            return np.frombuffer(mmap.mmap(file.fileno(), size), kind).reshape(shape)

    def made(self, count: int, dtype: Any, of: Callable[[slice], npt.ArrayLike]) -> np.ndarray[Any, Any]:
        """An array [count] of what `of` gives for one part of 0..count - 1 after the other."""
        whole = self.array((count,), dtype)
        for part in blocks(count):
            whole[part] = of(part)
        give_back(whole)
        return whole

    def taken(self, array: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> np.ndarray[Any, Any]:
        """array[rows], [n]."""
        return self.made(len(rows), array.dtype, lambda part: array[rows[part]])

    def where(self, count: int, marked: Callable[[slice], npt.NDArray[np.bool_]]) -> npt.NDArray[np.int64]:
        """The numbers of 0..count - 1 that are marked, ascending; `marked` gives the marks of one part after the other, twice."""
        rows = self.array((sum(int(marked(part).sum()) for part in blocks(count)),), np.int64)
        at = 0
        for part in blocks(count):
            found = np.flatnonzero(marked(part))
            rows[at : at + len(found)] = found + part.start
            at += len(found)
        give_back(rows)
        return rows

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
