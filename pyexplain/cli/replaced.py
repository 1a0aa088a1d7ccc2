"""What stood in an output folder, said when it has been replaced: nobody should lose a result without a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .output import say

FILE = "a file"


@contextmanager
def telling_replaced(out: Path | None, kind: str) -> Iterator[None]:
    """Around the writing of a file, a data set or a run: says on stderr that the finished one that was at `out` was replaced, and
    of a data set whether runs made on it still fit; of a file that stays, that it is complete. Nothing where none was there, or an
    error leaves it as it was; None: nothing is written."""
    before = None if out is None else _before(out)
    stood = stands(out)
    yield
    if before is None or out is None:
        return
    if before is FILE:
        same = stood == stands(out)
        say(f"Already complete: the {kind} {out} stays as it is." if same else f"Replaced: the {kind} that was {out}.")
        return
    after = _fingerprint(out)
    note = ""
    if before and before != after:
        note = f" It had the fingerprint {before}, the new one has {after}: runs made on it do not fit the new one."
    elif before:
        note = " It had the same fingerprint."
    say(f"Replaced: the {kind} that was in {out}.{note}")


def telling_begun_anew(out: Path, resume: bool) -> None:
    """Before a training: says that the checkpoint of one that was stopped is about to be written over, where it is not gone on
    with."""
    from ..recommenders.checkpoints import CHECKPOINT

    if not resume and (out / CHECKPOINT).is_file():
        say(f"{out} has the checkpoint of a training that was stopped: this one begins anew, and writes over it.")
        say("Stop it and add --resume to go on with the other.")


def stands(out: Path | None) -> tuple[int, int] | None:
    """What tells a file from another one that takes its place; None where there is none."""
    try:
        found = None if out is None else out.stat()
    except OSError:
        return None
    return None if found is None else (found.st_ino, found.st_mtime_ns)


def _before(out: Path) -> str | None:
    """FILE of a file that is there; else as _fingerprint."""
    try:
        return FILE if out.is_file() else _fingerprint(out)
    except OSError:  # a name that no file can have: whoever writes says so
        return None


def _fingerprint(folder: Path) -> str | None:
    """Of a finished data set its fingerprint, of a finished run ""; None where there is neither."""
    from ..data.manifest import MANIFEST
    from ..data.store import SUMMARY
    from ..data.stored import read_summary
    from ..errors import PyexplainError

    if not (folder / MANIFEST).is_file():
        return None
    try:
        return read_summary(folder / SUMMARY).fingerprint if (folder / SUMMARY).is_file() else ""
    except PyexplainError:
        return ""  # of an older format, or damaged: it is replaced all the same
