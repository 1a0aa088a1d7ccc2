"""JSON files of ours as dataclasses, their types checked: they may come from somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ..errors import DataError
from .json_file import read_bytes, read_object

T = TypeVar("T")


def read_checked(path: Path, kind: type[T], hint: str) -> T:
    """A dataclass from a JSON file, strictly; keys that it lacks are ignored. DataError that names the file and the key."""
    return check_json(read_bytes(path), kind, str(path), hint)


def check_json(content: bytes | str, kind: type[T], where: str, hint: str) -> T:
    """The same for JSON that is at hand."""
    read_object(content, where, hint=hint)  # what pydantic would let pass: depth, doubled keys, NaN
    try:
        return TypeAdapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "its content"
        said = first["msg"][:1].lower() + first["msg"][1:]
        raise DataError(f"{key}: {said}", where=where, hint=hint) from error
