"""What may be an output. Only what pyexplain itself wrote, and nobody has changed since, is ever replaced or removed.

A folder is ours where its manifest says so, and it holds nothing else. A single file carries a mark (an extended attribute with
its inode, size and time): it is void when the file is changed or copied, and not there where the file system keeps no such
attributes; then the file counts as somebody's. Symbolic links are never followed and never replaced.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import DataError
from .manifest import MANIFEST, manifest_of
from .scratch import scratch_name

MARK = "user.pyexplain"
ELSEWHERE = "Choose another place with --out, or move away what is here."


def mark(path: Path) -> None:
    """Say of a finished file that it is ours; nothing where the file system keeps no attributes."""
    with suppress(OSError, AttributeError):
        os.setxattr(path, MARK, _seen(path))


def is_marked(path: Path) -> bool:
    """Whether we wrote the file, and it has not been changed since."""
    try:
        return os.getxattr(path, MARK) == _seen(path)
    except (OSError, AttributeError):
        return False


def _seen(path: Path) -> bytes:
    now = path.stat()
    return f"{now.st_ino} {now.st_size} {now.st_mtime_ns}".encode()


def whole(out: Path) -> Path:
    """The output's path with its folder resolved, so that '.', '..' and links on the way are what they are.

    Raises DataError for the current folder and those above it, and for a symbolic link.
    """
    try:
        place = out.parent.resolve() / out.name if out.name not in ("", "..") else out.resolve()
        here = place in (Path.cwd(), *Path.cwd().parents)
        link = os.readlink(place) if place.is_symlink() else None
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"cannot be written: {error}", where=str(out)[:300], hint="Choose another place with --out.") from error
    if here:
        raise DataError("the current folder, or one above it, cannot be the output", where=str(out), hint="Name a folder in it.")
    if link is not None:
        raise DataError(f"is a symbolic link to {link}, which is not followed", where=str(out), hint="Name the place itself.")
    return place


def check_place(out: Path, kind: str, inputs: Iterable[Path] = (), own: Sequence[str] = ()) -> None:
    """DataError where a folder of this kind may not be written to `out`: something else is there already, `out` lies in a folder of
    ours, or an input is `out` or in it. own: names beside those of the manifest that are ours, such as a checkpoint."""
    out = whole(out)
    _check_around(out)
    for path in inputs:
        given = Path(path).resolve()
        if given == out or out in given.parents:
            raise DataError(f"the input {path} is here", where=str(out), hint="Choose another place with --out.")
    if not os.path.lexists(out):
        return
    strange = first_strange(out, kind, own)
    if strange is not None:
        raise DataError(f"there is something else here already, not a {kind}: {strange}", where=str(out), hint=ELSEWHERE)


def check_file_place(out: Path, inputs: Iterable[Path] = ()) -> None:
    """DataError where a file may not be written to `out`: somebody's is there, it is an input, or it lies in a folder of ours."""
    out = whole(out)
    _check_around(out)
    for path in inputs:
        with suppress(OSError):
            if out.samefile(path):
                raise DataError(f"the output is the input {path}", where=str(out), hint="Choose another place with --out.")
    if not os.path.lexists(out):
        return
    found = out.stat()
    if not stat.S_ISREG(found.st_mode):
        raise DataError("is a folder or a device, not a file", where=str(out), hint="Choose another place with --out.")
    if found.st_size and not is_marked(out):
        what = "there is a file here that pyexplain did not write, or that was changed since"
        raise DataError(what, where=str(out), hint=ELSEWHERE)


def _check_around(out: Path) -> None:
    for folder in out.parents:
        found = manifest_of(folder) if (folder / MANIFEST).is_file() else None
        if found:
            raise DataError(
                f"this is inside a {found['kind']:.40}, {folder}", where=str(out), hint="Choose a place outside of it with --out."
            )


def first_strange(folder: Path, kind: str, own: Sequence[str] = ()) -> str | None:
    """The first thing in a folder that is not ours, in words; None where all of it is."""
    if folder.is_symlink() or not folder.is_dir():
        return f"{folder.name} is not a folder"
    found = manifest_of(folder)
    listed = found["files"] if found and found["kind"] == kind else {}
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        return f"it cannot be looked into ({error.strerror})"
    for path in entries:
        plain = path.is_file() and not path.is_symlink()
        if (path.name in listed or path.name in own or (path.name == MANIFEST and listed)) and plain:
            continue
        if is_leftover(path.name, own):
            continue
        return f"{path.name} ({_reason(path, kind, found)})"
    return None


def _reason(path: Path, kind: str, found: dict[str, object] | None) -> str:
    if path.name == MANIFEST:
        return f"a manifest of a {found['kind']!r:.40}" if found else "damaged, or not of pyexplain"
    return f"no file of a {kind}" if found is None or found["kind"] == kind else f"a file of a {found['kind']!r:.40}"


def is_leftover(name: str, own: Sequence[str]) -> bool:
    """Whether a killed writer of one of the own names left this behind."""
    return any(name == scratch_name(o) or re.fullmatch(rf"\.{re.escape(o)}\.\d+\.part", name) for o in own)
