"""The manifest of a folder: its kind, and every file with its checksum. It is written last: a folder with one is finished."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError
from .json_file import read_json
from .part_names import parts_of

MANIFEST = "manifest.json"
SCHEMA = 1
_NAME, _SUM = re.compile(r"[^./][^/]*"), re.compile(r"[0-9a-f]{64}")


def checksum(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def as_json(content: object) -> str:
    """JSON as all own files are written: one key a line, no NaN."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest where it has the form of one, else None: kind, schema, and files with their checksums."""
    try:
        content = read_json(folder / MANIFEST)
    except DataError:
        return None
    return content if _fault(content) is None else None


def _fault(content: Any) -> str | None:
    """What is wrong with a manifest, if anything. Names are plain: nothing outside the folder can be named."""
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
        return "it names no kind"
    if content.get("schema") != SCHEMA or isinstance(content["schema"], bool):
        return f"its schema is {content.get('schema')!r:.40}, this version reads {SCHEMA}"
    files = content.get("files")
    if not isinstance(files, dict) or not files:
        return "it lists no files"
    for name, digest in files.items():
        if not _NAME.fullmatch(name) or name == MANIFEST or "\0" in name:
            return f"{name!r:.60} is no name of a file"
        if not isinstance(digest, str) or not _SUM.fullmatch(digest):
            return f"the checksum of {name!r:.60} is none"
    return None


def write_manifest(folder: Path, kind: str) -> None:
    """Write the manifest of a folder as it is; of one that is not in place yet, for it is written in place."""
    names = sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith(".") and p.name != MANIFEST)
    content = as_json({"kind": kind, "schema": SCHEMA, "files": {name: checksum(folder / name) for name in names}})
    (folder / MANIFEST).write_text(content, encoding="utf-8")


def check_manifest(folder: Path, kind: str, wanted: Sequence[str] = (), in_parts: bool = False) -> dict[str, list[str]]:
    """DataError unless the folder is a finished `kind` whose files are as they were written; wanted: files that it must list.

    in_parts: a wanted file may be there in several (part_names.py). Returns the files of each wanted one.
    """
    path = folder / MANIFEST
    again = f"Make the {kind} again."
    try:
        if not folder.is_dir():
            raise DataError(f"there is no {kind} here", where=str(folder), hint="Check the path.")
        if not path.is_file():
            raise DataError(f"the {kind} is unfinished: it has no {MANIFEST}", where=str(folder), hint=again)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(folder), hint="Check its permissions.") from error
    try:
        content = read_json(path)
    except DataError as error:
        raise DataError(f"the manifest is damaged: {error.what}", where=str(path), hint=again) from error
    fault = _fault(content)
    # byte for byte as written, so that no byte of it can change unseen
    if fault is None and path.read_bytes() != as_json(content).encode():
        fault = "it was altered"
    if fault is not None:
        raise DataError(f"the manifest is damaged: {fault}", where=str(path), hint=again)
    if content["kind"] != kind:
        raise DataError(f"this is a {content['kind']:.40}, not a {kind}", where=str(folder), hint="Check the path.")
    try:
        found = {
            name: parts_of(content["files"], name) if in_parts else [n for n in (name,) if n in content["files"]] for name in wanted
        }
    except ValueError as error:
        raise DataError(str(error), where=str(path), hint=again) from error
    for name, files in found.items():
        if not files:
            raise DataError(f"the manifest does not list {name}, which every {kind} has", where=str(path), hint=again)
    for name, expected in content["files"].items():
        _check_file(folder / name, expected, kind)
    return found


def _check_file(path: Path, expected: str, kind: str) -> None:
    if not path.is_file():
        raise DataError(f"a file of the {kind} is missing", where=str(path), hint=f"Make the {kind} again.")
    try:
        found = checksum(path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path), hint="Check its permissions.") from error
    if found != expected:
        raise DataError(
            f"the checksum of a file of the {kind} differs",
            where=str(path),
            hint=f"It was altered or damaged: make the {kind} again.",
        )
