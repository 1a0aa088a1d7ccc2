"""Arrays of a safetensors file where they lie: mapped into memory, a page when it is looked at."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np

from .json_file import read_object

KINDS = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
}


def map_arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """name -> array, read-only; safetensors' own errors, and ValueError, where the file is none."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy"):
        pass  # the library looks at the head, and at whether the file is as long as that says
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(whole[:8], "little")
    head = read_object(whole[8:start], str(path))
    return {name: _array(whole, start, of) for name, of in head.items() if name != "__metadata__"}


def _array(whole: mmap.mmap, start: int, of: dict[str, Any]) -> np.ndarray[Any, Any]:
    if of["dtype"] not in KINDS:
        raise ValueError(f"arrays of {of['dtype']} are not read")
    begin, end = of["data_offsets"]
    kind = np.dtype(KINDS[of["dtype"]])
    if begin == end:
        return np.zeros(of["shape"], kind)
    found = np.frombuffer(whole, kind, (end - begin) // kind.itemsize, start + begin).reshape(of["shape"])
    return found if found.flags.aligned else found.copy()  # safetensors itself aligns them; others need not
