"""Two folders change places in one step of the file system, where it knows how (Linux renameat2, RENAME_EXCHANGE)."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

HERE, SWAP = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of linux/fs.h
UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM)  # a kernel, a file system or a sandbox that cannot


def exchange(one: Path, other: Path) -> bool:
    """Let the two change places; False, and nothing done, where the system or the file system cannot. OSError on other failures."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    if library.renameat2(HERE, os.fsencode(one), HERE, os.fsencode(other), SWAP) == 0:
        return True
    number = ctypes.get_errno()
    if number in UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(other))


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # file systems that do not sync folders
            raise
    finally:
        os.close(handle)
