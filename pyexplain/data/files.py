"""Own files: each is whole or not there, readable as the umask says, and flushed to disk. JSON, Parquet, safetensors, text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import DataError
from . import manifest
from .drafts import finish_file, new_file, new_folder, recover, told
from .manifest import MANIFEST, as_json, checksum, write_manifest
from .mapped import map_arrays
from .places import check_file_place, check_place
from .scratch import final_name, in_scratch

if TYPE_CHECKING:
    from torch import Tensor

ROW_GROUP = 2**17  # rows

__all__ = [
    "MANIFEST",
    "check_file_place",
    "check_manifest",
    "check_place",
    "checksum",
    "new_file",
    "new_folder",
    "read_arrays",
    "read_table",
    "read_tensors",
    "recover",
    "write_arrays",
    "write_atomically",
    "write_json",
    "write_manifest",
    "write_table",
    "write_tensors",
    "write_text",
]


def write_atomically(path: Path, write: Callable[[Path], object], *, ours: bool = False) -> None:
    """Let `write` fill a file that takes the place of `path` when it is whole; on any error `path` stays as it was.

    A file that was there is replaced only where pyexplain wrote it; ours: whatever is there, in a folder of our own. Raises
    DataError that names `path` where it cannot be written or is somebody's.
    """
    path = Path(path)
    if in_scratch(path):  # part of a folder that will be put in place as a whole
        with told(final_name(path)):
            write(path)
            finish_file(path)
        return
    with new_file(path, ours=ours) as draft, told(path):
        write(draft)


def write_json(path: Path, content: object, *, ours: bool = False) -> None:
    """A JSON file, atomically, one key a line."""
    write_text(path, as_json(content), ours=ours)


def write_text(path: Path, text: str, *, ours: bool = False) -> None:
    """A text file in UTF-8, atomically."""
    write_atomically(path, lambda draft: draft.write_text(text, encoding="utf-8"), ours=ours)


def write_table(path: Path, frame: pd.DataFrame, *, ours: bool = False) -> None:
    """A Parquet file, atomically. Columns that lie in pieces are put together a row group at a time: the bytes are the same however
    they lie, and they need not fit into memory."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(draft: Path) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        with pq.ParquetWriter(draft, table.schema) as writer:
            for start in range(0, max(1, len(table)), ROW_GROUP):
                writer.write_table(table.slice(start, ROW_GROUP).combine_chunks(), ROW_GROUP)

    write_atomically(path, write, ours=ours)


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """A safetensors file of numpy arrays, atomically."""
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, lambda draft: _safely(lambda: save_file(whole, draft)))


def write_tensors(
    path: Path,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str] | None = None,
    finish: Callable[[Path], object] = lambda draft: None,
    *,
    ours: bool = False,
) -> None:
    """A safetensors file of torch tensors, atomically; finish: a last touch to the file before it is put in place."""
    from safetensors.torch import save_file

    def write(draft: Path) -> None:
        _safely(lambda: save_file(dict(tensors), draft, dict(metadata) if metadata else None))
        finish(draft)

    write_atomically(path, write, ours=ours)


def _safely(save: Callable[[], None]) -> None:
    """The library's error has no number: a full disk looks like any other there."""
    from safetensors import SafetensorError

    try:
        save()
    except SafetensorError as error:
        raise OSError(str(error)) from error


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file, read-only, where they lie: what nobody looks at is not read. DataError where it is none."""
    from safetensors import SafetensorError

    try:
        return map_arrays(path)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise damaged(path, "safetensors", error) from error


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file; DataError where it is none."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, Tensor] = load_file(path)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise damaged(path, "safetensors", error) from error
    return found


def read_table(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """A Parquet file; DataError where it is none, or lacks one of the columns."""
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
        raise damaged(path, "Parquet", error) from error
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise DataError(f"lacks the columns {', '.join(missing)}", where=str(path), hint="Make it again.")
    return frame


def damaged(path: Path, form: str, error: Exception) -> DataError:
    """The error of a file that is not what it should be."""
    said = " ".join(str(error).split())[:200]
    return DataError(f"is damaged, or no {form} file: {said}", where=str(path), hint="Make it again.")


def check_manifest(folder: Path, kind: str, wanted: Sequence[str] = (), in_parts: bool = False) -> dict[str, list[str]]:
    """The files of each wanted one; DataError unless the folder is a finished `kind` with those, all as they were written.

    in_parts: a wanted file may be there in several. What an interrupted call had moved aside is put back first.
    """
    recover(Path(folder))
    return manifest.check_manifest(Path(folder), kind, wanted, in_parts)
