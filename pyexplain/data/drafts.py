"""Files and folders that are whole or not there: made in a scratch folder, flushed to disk, then put in place in one step."""

from __future__ import annotations

import logging
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import DataError
from .exchange import exchange, sync
from .manifest import MANIFEST, manifest_of, write_manifest
from .places import check_file_place, check_place, first_strange, is_leftover, mark, whole
from .scratch import NEW, OLD, SWAP, empty, locked_scratch, scratch_of

log = logging.getLogger("pyexplain")


def _nothing() -> None:
    """Nothing is left to do."""


@contextmanager
def new_file(
    out: Path, *, inputs: Iterable[Path] = (), ours: bool = False, done: Callable[[], object] = _nothing
) -> Iterator[Path]:
    """A path to fill, which takes the place of `out` when all went well; on any error `out` stays as it was. Files that are written
    beside it are put beside `out`.

    inputs: files that are read on the way, refused as the output. ours: `out` is a file of our own, in a folder of our own. done:
    called at the very end. The lock is held all the time: a second writer is told. Raises DataError, see check_file_place.
    """
    inputs = list(inputs)
    place = out if ours else whole(out)
    if not ours:
        check_file_place(place, inputs)
    with locked_scratch(place) as scratch:
        empty(scratch)
        _remove_parts(place)
        draft = scratch / NEW / place.name
        draft.parent.mkdir()
        yield draft
        # a writer of several files puts them beside each other: the one that was asked for comes last
        for made in sorted(draft.parent.iterdir(), key=lambda path: (path == draft, path)):
            _put_file(made, place.with_name(made.name), inputs, ours)
        done()


def _put_file(draft: Path, out: Path, inputs: Iterable[Path], ours: bool) -> None:
    with told(out):
        finish_file(draft)
        if not ours:
            check_file_place(out, inputs)
            mark(draft)
        _keep_mode(draft, out)
        draft.replace(out)
        _sync_names(out)


@contextmanager
def new_folder(out: Path, kind: str, *, inputs: Iterable[Path] = (), own: Sequence[str] = (), wait: float = 1.0) -> Iterator[Path]:
    """A folder to fill, which takes the place of `out` when all went well, with a manifest. A finished `kind` that was there is
    replaced in one step; on any error it stays as it was.

    own: names in `out` beside those of the manifest that may go with it. wait: seconds to wait for another writer. The lock is held
    all the time. Raises DataError, see check_place.
    """
    inputs, place = list(inputs), whole(out)
    check_place(place, kind, inputs, own)
    with locked_scratch(place, wait) as scratch:
        _tidy(scratch, place, own)
        check_place(place, kind, inputs, own)  # once more, now that nobody else of us is at work
        draft = scratch / NEW
        draft.mkdir()
        yield draft
        with told(place):
            write_manifest(draft, kind)
            finish_file(draft / MANIFEST)
            sync(draft)
            check_place(place, kind, inputs, own)
            _keep_mode(draft, place)
            _put_in_place(scratch, place, kind, own)


@contextmanager
def told(out: Path) -> Iterator[None]:
    """From an error of the system to one that says which output it was, and what became of what was there."""
    was = os.path.lexists(out)
    try:
        yield
    except OSError as error:
        kept = "Nothing was written."
        if was:
            there = os.path.lexists(out)
            kept = "What was there before is intact." if there else f"What was there before is in {scratch_of(out) / OLD}."
        raise DataError(f"cannot be written: {error.strerror or error}", where=str(out), hint=kept) from error


def finish_file(path: Path) -> None:
    """Readable by whom the umask says, as its folder is (some libraries write for the owner alone), and flushed to disk."""
    path.chmod(stat.S_IMODE(path.parent.stat().st_mode) & 0o666)
    sync(path)


def _keep_mode(draft: Path, out: Path) -> None:
    """Who replaces something keeps its permissions."""
    with suppress(FileNotFoundError):
        draft.chmod(stat.S_IMODE(out.stat().st_mode))


def _sync_names(out: Path) -> None:
    try:
        sync(out.parent)
    except OSError as error:
        what = f"is written, but its name could not be flushed to disk: {error.strerror or error}"
        raise DataError(what, where=str(out), hint="Check the disk.") from error


def _put_in_place(scratch: Path, out: Path, kind: str, own: Sequence[str]) -> None:
    swap, old = scratch / SWAP, scratch / OLD
    (scratch / NEW).rename(swap)
    if not os.path.lexists(out):
        swap.rename(out)
        return _sync_names(out)
    if exchange(swap, out):
        old = swap
        strange = first_strange(old, kind, own)
        if strange is not None:  # it came between the look and the exchange
            exchange(swap, out)
            raise DataError(f"there is something else here now: {strange}", where=str(out), hint="It is as it was before.")
    else:
        out.rename(old)
        try:
            swap.rename(out)
        except BaseException:
            old.rename(out)
            raise
    try:
        return _sync_names(out)
    finally:
        _remove_ours(old, own)


def recover(out: Path) -> None:
    """Put back what a killed process had moved aside; nothing where something is at `out`, or another process at work."""
    with suppress(DataError, OSError):  # what cannot be looked at cannot be put back; the reader says why
        if not os.path.lexists(out) and (_aside(out) or (scratch_of(out) / OLD).is_dir()):
            _recover(out)


def _recover(out: Path) -> None:
    with locked_scratch(out, 0.0) as scratch:
        _put_back(scratch, out)


def _aside(out: Path, ending: str = "old") -> list[Path]:
    """What older versions of pyexplain left: `.NAME.PID.part` and `.NAME.PID.old` of processes that are no more."""
    form = re.compile(rf"\.{re.escape(out.name)}\.(\d+)\.{ending}")
    try:
        found = [(path, form.fullmatch(path.name)) for path in out.parent.iterdir()]
    except OSError:
        return []
    return sorted(path for path, match in found if match and not Path(f"/proc/{match[1]}").exists())


def _put_back(scratch: Path, out: Path) -> None:
    for old in (scratch / OLD, *_aside(out)):
        if old.is_dir() and not os.path.lexists(out):
            old.rename(out)
            log.warning("%s: an interrupted call had moved this aside; it is back.", out)


def _tidy(scratch: Path, out: Path, own: Sequence[str]) -> None:
    """What a killed process left of a folder: the old one is put back where there is none, the rest is removed."""
    _put_back(scratch, out)
    for old in (scratch / OLD, scratch / SWAP, *_aside(out)):
        if old.is_dir():
            _remove_ours(old, own)
    _remove_parts(out)
    empty(scratch)


def _remove_parts(out: Path) -> None:
    for part in _aside(out, "part"):
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def _remove_ours(folder: Path, own: Sequence[str]) -> None:
    """Remove a folder that was replaced. Where somebody else's things are in it, or it cannot be removed, it is kept in sight.

    The manifest goes last: killed in between, the next process still knows whose files these are.
    """
    listed = (manifest_of(folder) or {"files": {}})["files"]
    try:
        for path in list(folder.iterdir()):
            if path.name in own or path.name in listed:
                path.unlink()
            elif is_leftover(path.name, own):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if listed:
            (folder / MANIFEST).unlink()
        folder.rmdir()
    except OSError:
        kept = folder.parent.with_name(f"{folder.parent.name.strip('.')}.kept.{os.getpid()}")
        with suppress(OSError):
            folder.rename(kept)
            log.warning("%s: what could not be removed of a folder that was replaced.", kept)
