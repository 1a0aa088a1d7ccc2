"""A file of a data set in several parts, `evidence-00000-of-00002.parquet`, as large corpora are written: whole rows in order.

Tables are joined row after row. Of arrays, each part holds some rows as well: pairs, lists and sparse rows follow each other, and
the offsets of sparse rows begin with 0 in each part.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..errors import DataError
from .files import read_arrays, read_table, write_table
from .large_tables import open_large
from .part_names import part_name
from .room import Room

OFFSETS = ".offsets"
PART = 2**22  # rows of a part, some 200 MB of evidence
PACKED = 32  # times that a table may be larger in memory than in its file, where most of it is said over and over


def read_tables(folder: Path, files: Sequence[str], columns: Sequence[str] = (), room: Room | None = None) -> pd.DataFrame:
    """The table that the files hold together, a large one on disk (room); DataError where one is damaged or lacks a column."""
    large = _large([folder / file for file in files], room or Room())
    if large is not None and set(columns) <= set(large.columns):
        return large
    frames = [read_table(folder / file, columns) for file in files]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _large(paths: Sequence[Path], room: Room) -> pd.DataFrame | None:
    if sum(path.stat().st_size for path in paths) <= room.share // PACKED:
        return None
    try:
        return open_large(paths, room)
    except (OSError, pa.ArrowException):
        return None  # read_table says which file is damaged, and how


def write_tables(folder: Path, name: str, frame: pd.DataFrame) -> list[str]:
    """A table of a data set, of more than PART rows in parts; the files written."""
    starts = range(0, max(1, len(frame)), PART)
    files = [name] if len(starts) == 1 else [part_name(name, number, len(starts)) for number in range(len(starts))]
    for file, start in zip(files, starts, strict=True):
        write_table(folder / file, frame.iloc[start : start + PART])
    return files


def read_all_arrays(folder: Path, files: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays that the files hold together; DataError where one is damaged, or parts do not fit together."""
    parts = [read_arrays(folder / file) for file in files]
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part})
    try:
        return {name: _joined(name, [part[name] for part in parts if name in part]) for name in names}
    except ValueError as error:
        where = str(folder / files[0])
        raise DataError(f"the parts do not fit together: {error}", where=where, hint="Make the data set again.") from error


def _joined(name: str, arrays: list[np.ndarray]) -> np.ndarray:
    if not name.endswith(OFFSETS):
        return np.concatenate(arrays)
    ends = np.cumsum([0, *(array[-1] for array in arrays)])
    return np.concatenate([arrays[0][:1], *(array[1:] + end for array, end in zip(arrays, ends, strict=False))])
