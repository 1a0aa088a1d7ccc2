"""Files that are whole or not there: temporary name, flushed to disk, renamed; a manifest with checksums comes last."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from .json_file import read_json

MANIFEST = "manifest.json"


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, and rename it; on any error `path` stays as it was."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError("its folder cannot be made", where=str(path), hint=f"{error.strerror or error}: {path.parent}") from error
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(temporary)
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(
            f"cannot be written: {error.strerror or error}", where=str(path), hint="What was there before is intact."
        ) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: object) -> None:
    """A JSON file, atomically, one key a line."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """A text file in UTF-8, atomically."""

    def write(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """A Parquet file, atomically."""
    write_atomically(path, lambda temporary: frame.to_parquet(temporary, index=False))


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """A safetensors file of numpy arrays, atomically."""
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, lambda temporary: save_file(whole, temporary))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file."""
    from safetensors.numpy import load_file

    found: dict[str, np.ndarray] = load_file(path)
    return found


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_manifest(folder: Path, kind: str) -> None:
    """List every file of the folder with its checksum; written last, so a folder with a manifest is a finished one."""
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith(".") and p.name != MANIFEST)
    write_json(folder / MANIFEST, {"kind": kind, "schema": 1, "files": {name: checksum(folder / name) for name in names}})


def check_manifest(folder: Path, kind: str) -> None:
    """DataError unless the folder is a finished `kind` whose files are as they were written."""
    if not folder.is_dir():
        raise DataError(f"there is no {kind} here", where=str(folder), hint="Check the path.")
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise DataError(f"the {kind} is unfinished: it has no {MANIFEST}", where=str(folder), hint="Make it again.")
    try:
        content = read_json(manifest)
        files: dict[str, str] = dict(content["files"])
    except (DataError, ValueError, KeyError, TypeError) as error:
        raise DataError("the manifest is damaged", where=str(manifest), hint=f"Make the {kind} again.") from error
    if content.get("kind") != kind:
        raise DataError(f"this is a {content.get('kind')}, not a {kind}", where=str(folder), hint="Check the path.")
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"a file of the {kind} is missing", where=str(path), hint=f"Make the {kind} again.")
        if checksum(path) != expected:
            raise DataError(
                f"the checksum of a file of the {kind} differs",
                where=str(path),
                hint=f"It was altered or damaged: make the {kind} again.",
            )


@contextmanager
def new_folder(out: Path, kind: str) -> Iterator[Path]:
    """A folder to fill, which takes the place of `out` only when all went well. A finished `kind` that was there is replaced;
    any other folder with something in it is refused."""
    check_place(out, kind)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        write_manifest(temporary, kind)
        _put_in_place(temporary, out)
    except OSError as error:
        raise DataError(
            f"cannot be written: {error.strerror or error}", where=str(out), hint="What was there before is intact."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_place(out: Path, kind: str) -> None:
    """DataError where something else is at `out` already. Hidden files, such as checkpoints, are ours."""
    if not out.exists() or _is_ours(out, kind):
        return
    if not out.is_dir() or any(not path.name.startswith(".") for path in out.iterdir()):
        raise DataError(
            f"there is something else here already, not a {kind}", where=str(out), hint="Choose another place with --out."
        )


def _is_ours(out: Path, kind: str) -> bool:
    """Whether `out` was made by new_folder with this kind, finished or damaged since."""
    try:
        return bool(read_json(out / MANIFEST).get("kind") == kind)
    except DataError:
        return False


def _put_in_place(temporary: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    temporary.rename(out)
    shutil.rmtree(old, ignore_errors=True)
