"""Tables too large for memory: batches of rows, appended, then read in order as often as needed. The file is Arrow's (IPC)."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .room import Room, give_back

READ = 32 * 2**20  # bytes that are read before their memory is let go of
WRITE = 4 * 2**20  # bytes that wait, once there is a file


class Spill:
    """Batches of one schema. Those that are more than a share of the room lie in a file without a name; the rest in memory.

    Written first, then read: nothing can be added once something was read. DataError where the disk is full.
    """

    def __init__(self, schema: pa.Schema, room: Room | None = None) -> None:
        self.schema, self.room = schema, room or Room()
        self._batches: list[pa.RecordBatch] = []
        self._bytes = self._rows = self._count = 0
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchFileWriter | None = None
        self._mapped: mmap.mmap | None = None
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return self._rows

    def add(self, batch: pa.RecordBatch) -> int:
        """Append a batch, of as many rows as it has; its number, from 0."""
        self._batches.append(batch)
        self._bytes += batch.nbytes
        self._rows += len(batch)
        self._count += 1
        if self._bytes > (self.room.share if self._writer is None else min(WRITE, self.room.share)):
            self._write()
        return self._count - 1

    def arrange(self, numbers: list[int]) -> None:
        """Read the batches in this order from now on, each once."""
        self._order = numbers

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All batches; the memory of those of a file is let go of on the way, so hold none of them for long."""
        source = self._source()
        read = 0
        for number in range(self._count) if self._order is None else self._order:
            batch = source(number)
            yield batch
            read += batch.nbytes
            if read > READ:
                self._forget()
                read = 0

    def column(self, name: str) -> pa.ChunkedArray:
        """A column, where it lies: of a file, what is not looked at is not read."""
        at, source = self.schema.get_field_index(name), self._source()
        numbers = range(self._count) if self._order is None else self._order
        return pa.chunked_array([source(number).column(at) for number in numbers], self.schema.types[at])

    def frame(self) -> pd.DataFrame:
        """All rows as a table: numbers are copied, to memory or to disk as the room says; texts stay where they lie."""
        columns: dict[str, Any] = {}
        for field in self.schema:
            if pa.types.is_large_string(field.type):
                columns[field.name] = as_texts(self.column(field.name))
                continue
            whole, at = self.room.array((len(self),), field.type.to_pandas_dtype()), 0
            for chunk in self.column(field.name).iterchunks():
                whole[at : at + len(chunk)] = chunk.to_numpy()
                at += len(chunk)
            give_back(whole)
            columns[field.name] = whole
        self._forget()
        return pd.DataFrame(columns, copy=False)

    def _forget(self) -> None:
        """Let go of the memory of what was read."""
        if self._mapped is not None:
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def _write(self) -> None:
        """Move what is in memory to the file."""
        with self.room.told():
            if self._writer is None:
                self._file = self.room.file()
                self._writer = pa.ipc.new_file(pa.PythonFile(self._file, "w"), self.schema)
            for batch in self._batches:
                self._writer.write_batch(batch)
        self._batches, self._bytes = [], 0
        pa.default_memory_pool().release_unused()  # it keeps what was freed until it is asked

    def _source(self) -> Any:
        """What gives the batch of a number."""
        if self._writer is None:
            return self._batches.__getitem__
        if self._mapped is None:
            self._write()
            self._mapped = self._map()
        return pa.ipc.open_file(pa.py_buffer(self._mapped)).get_batch

    def _map(self) -> mmap.mmap:
        assert self._writer is not None
        assert self._file is not None
        with self.room.told():
            self._writer.close()
            self._file.flush()
            return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)


def as_strings(column: pd.Series) -> pa.LargeStringArray:
    """A column of texts of a data frame as one piece of Arrow's."""
    found = pa.array(column, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def as_texts(column: pa.ChunkedArray) -> Any:
    """A column of large strings as one of a data frame, where it lies."""
    return pd.StringDtype(na_value=np.nan).__from_arrow__(column)  # type: ignore[attr-defined]


def even(batches: Iterator[pa.RecordBatch], schema: pa.Schema, size: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of `size`, the last of what is left."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count >= size:
            table = pa.Table.from_batches(waiting, schema).combine_chunks()
            whole = count - count % size
            for start in range(0, whole, size):
                yield table.slice(start, size).to_batches()[0]
            waiting, count = table.slice(whole).to_batches(), count - whole
    if count:
        yield from pa.Table.from_batches(waiting, schema).combine_chunks().to_batches()
