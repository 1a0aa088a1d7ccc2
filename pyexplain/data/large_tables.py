"""Parquet tables of numbers and texts that are too large for memory: unpacked once, beside memory, and read where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import DataError
from .room import Room
from .spill import Spill

ROWS = 2**16  # unpacked at a time


def open_large(paths: Sequence[Path], room: Room) -> pd.DataFrame | None:
    """The rows of these files after each other.

    None where they are small, of different columns, or hold something else, or nothing in a cell, and where there is no room on
    disk either: whoever asks reads them as he is used to. Errors are Arrow's, as in reading them so.
    """
    files = [pq.ParquetFile(path) for path in paths]
    schema = _spilled(files[0].schema_arrow)
    if sum(map(_size, files)) <= room.share or schema is None or any(_spilled(file.schema_arrow) != schema for file in files):
        return None
    kept = Spill(schema, room.divided())  # it will not stay in memory: little of it need wait there
    try:
        for file in files:
            for batch in file.iter_batches(ROWS):
                if any(column.null_count for column in batch.columns):
                    return None
                kept.add(batch.cast(schema))
        return kept.frame()
    except DataError:
        return None


def _size(file: pq.ParquetFile) -> int:
    """Bytes of the columns when they are unpacked, about: eight a cell, and what the file holds before it is packed."""
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    return 8 * int(file.metadata.num_rows) * int(file.metadata.num_columns) + sum(int(group.total_byte_size) for group in groups)


def _spilled(schema: pa.Schema) -> pa.Schema | None:
    """The columns as they are spilled; None where one is neither of numbers nor of texts."""
    fields = []
    for field in schema:
        text = pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        if not (text or pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
            return None
        fields.append(pa.field(field.name, pa.large_string() if text else field.type))
    return pa.schema(fields)
