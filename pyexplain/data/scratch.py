"""The scratch folder beside an output, `.NAME.pyexplain-part`: the output is made in it, and a lock keeps other writers out.

The name is fixed, so what a killed process left behind is found and removed by the next one that writes to the same place. The
lock is the kernel's (flock): it ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import DataError

ENDING = ".pyexplain-part"
LOCK = "lock"
# in the scratch folder: what is being filled; what is complete, to change places with what is there; what was moved aside
NEW, SWAP, OLD = "new", "swap", "old"
LONGEST = 200  # bytes of a name that still leave room for the ending; file systems end at 255


def scratch_name(name: str) -> str:
    """Name of the scratch folder of an output called `name`."""
    fits = len(os.fsencode(name)) <= LONGEST
    return f".{name if fits else hashlib.sha256(os.fsencode(name)).hexdigest()[:32]}{ENDING}"


def scratch_of(out: Path) -> Path:
    """Where the scratch folder of an output is."""
    return out.with_name(scratch_name(out.name))


def in_scratch(path: Path) -> bool:
    """Whether a path lies in a scratch folder, and so is part of something that is still being made."""
    return any(part.endswith(ENDING) for part in path.parts[:-1])


def final_name(path: Path) -> Path:
    """What a path in a scratch folder will be called: what a person is told."""
    parts = re.sub(rf"(^|/)\.([^/]+){re.escape(ENDING)}/new(?=/|$)", r"\1\2", str(path))
    return Path(parts)


MOST_GONE = 1000  # times that the folder may be gone; where none can be made (/proc), it always is


@contextmanager
def locked_scratch(out: Path, wait: float = 1.0) -> Iterator[Path]:
    """The scratch folder of `out`, locked, as the last process left it; removed at the end, with parent folders that stayed empty.

    wait: seconds to wait for another writer. Raises DataError where another process is writing to `out`, or where nothing can be
    written there.
    """
    parents = _make_parents(out)
    scratch = scratch_of(out)
    handle = None
    try:
        handle = _lock(scratch, out, wait)
        yield scratch
    finally:
        if handle is not None:
            _remove(scratch)
            os.close(handle)  # only now may another writer come in
        for parent in parents:
            with suppress(OSError):
                parent.rmdir()  # fails where something is in it, as it should


def _make_parents(out: Path) -> list[Path]:
    """Make the folder that `out` is to lie in; the folders made, innermost first."""
    missing = [parent for parent in (out.parent, *out.parent.parents) if not parent.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError("its folder cannot be made", where=str(out), hint=f"{error.strerror or error}: {out.parent}") from error
    return missing


def _lock(scratch: Path, out: Path, wait: float) -> int:
    """A file handle that holds the lock of the scratch folder."""
    until, gone = time.monotonic() + wait, 0
    while True:
        try:
            scratch.mkdir(parents=True, exist_ok=True)  # whoever made its folder may have taken it away again by now
            handle = os.open(scratch / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and gone < MOST_GONE:
                gone += 1
                continue  # the writer before us removed the folder in between
            with suppress(OSError):
                scratch.rmdir()
            raise DataError(f"cannot be written: {error.strerror}", where=str(out), hint="Choose another place.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            if time.monotonic() > until:
                raise DataError(
                    "another process is writing here", where=str(out), hint="Let it finish, or choose another place."
                ) from None
            time.sleep(0.02)
            continue
        except OSError:  # a file system without locks, as some network ones: two writers cannot be told apart there
            return handle
        if _is_at(handle, scratch / LOCK):
            return handle
        os.close(handle)  # the lock of a folder that was removed


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove(scratch: Path) -> None:
    """The lock goes last. Where something whole is left, because it could not be put back, the next process finds it."""
    with suppress(OSError):
        empty(scratch)
        (scratch / LOCK).unlink()
        scratch.rmdir()


def empty(scratch: Path) -> None:
    """Remove what was not finished; never the lock, and never what may be the only copy of something that was whole."""
    for path in scratch.iterdir():
        if path.name in (LOCK, SWAP, OLD):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
