"""Parquet files row by row, in batches, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError


def parquet_names(path: Path) -> list[str]:
    """The file's columns. DataError where it is no readable Parquet file."""
    return list(_open(path).schema_arrow.names)


def parquet_rows(path: Path, size: int = 8192) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(row number from 1, cells) of each row, `size` rows in memory at a time; times come as text in ISO 8601."""
    import pyarrow as pa

    number = 0
    try:
        for batch in _open(path).iter_batches(batch_size=size):
            for cells in zip(*[_plain(column) for column in batch.columns], strict=True):
                number += 1
                yield number, cells
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreadable(path, error) from error


def _open(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return DataError(f"the Parquet file cannot be read: {first}", where=str(path), hint="Fetch or write it again.")


def _plain(column: Any) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
