"""A checksum inside a safetensors file, over every byte of it: the file is one, so it cannot part from its checksum.

The metadata keep room for it, 64 zeros under the key `checksum`; the checksum is that of the file with the zeros.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

KEY, ROOM = "checksum", "0" * 64
_FORM = re.compile(rb'"checksum":"([0-9a-f]{64})"')
MAX_HEADER = 100_000_000  # safetensors' own limit


def seal(path: Path) -> None:
    """Write the checksum into the room for it; ValueError where there is none."""
    with path.open("r+b") as file:
        at = _place(file)
        if at is None:
            raise ValueError(f"no room for a checksum in {path}")
        digest = _digest(file, at)
        file.seek(at)
        file.write(digest.encode())


def is_sealed(path: Path) -> bool:
    """Whether the file has a checksum, and it fits."""
    with path.open("rb") as file:
        at = _place(file)
        if at is None:
            return False
        file.seek(at)
        return file.read(len(ROOM)) == _digest(file, at).encode()


def _place(file: BinaryIO) -> int | None:
    """Where the checksum begins."""
    file.seek(0)
    size = int.from_bytes(file.read(8), "little")
    if size > MAX_HEADER:
        return None
    found = _FORM.search(file.read(size))
    return 8 + found.start(1) if found else None


def _digest(file: BinaryIO, at: int) -> str:
    """SHA-256 of the file with zeros where the checksum is."""
    file.seek(0)
    digest = hashlib.sha256(file.read(at) + ROOM.encode())
    file.seek(at + len(ROOM))
    while block := file.read(2**20):
        digest.update(block)
    return digest.hexdigest()
