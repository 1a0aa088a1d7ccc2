"""Batches in memory and on disk are the same, in any order that is asked for; a full disk is said, and nothing is left."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pyexplain.data import spill
from pyexplain.data.room import SHARE, Room
from pyexplain.data.spill import Spill, even
from pyexplain.errors import DataError

SCHEMA = pa.schema({"number": pa.int64(), "text": pa.large_string()})


def batch(start: int, size: int) -> pa.RecordBatch:
    numbers = list(range(start, start + size))
    texts = pa.array([f"text {n}" for n in numbers], pa.large_string())
    return pa.record_batch([pa.array(numbers, pa.int64()), texts], schema=SCHEMA)


@pytest.mark.parametrize("memory", [8, 2**12, 2**30])
def test_what_was_added_is_read_again_as_often_as_needed(tmp_path: Path, memory: int) -> None:
    kept = Spill(SCHEMA, Room(memory, tmp_path))
    assert [kept.add(batch(10 * n, 10)) for n in range(5)] == list(range(5))
    assert len(kept) == 50
    for _ in range(2):
        assert [row for one in kept.batches() for row in one.column(0).to_pylist()] == list(range(50))
    assert not list(tmp_path.iterdir()), "its file has no name"
    frame = kept.frame()
    assert frame["number"].tolist() == list(range(50))
    assert frame["number"].dtype == np.int64
    assert frame["text"].equals(pd.Series([f"text {n}" for n in range(50)], dtype="str"))


@pytest.mark.parametrize("memory", [8, 2**30])
def test_batches_are_read_in_the_order_that_is_asked_for(memory: int) -> None:
    kept = Spill(SCHEMA, Room(memory))
    for start in (20, 0, 10):
        kept.add(batch(start, 10))
    kept.arrange([1, 2, 0])
    assert kept.frame()["number"].tolist() == list(range(30))
    assert kept.column("text").to_pylist() == [f"text {n}" for n in range(30)]


@pytest.mark.parametrize("memory", [8, 2**30])
def test_none_at_all(memory: int) -> None:
    kept = Spill(SCHEMA, Room(memory))
    assert not list(kept.batches())
    assert kept.frame().to_dict("list") == {"number": [], "text": []}
    assert kept.frame()["text"].dtype == "str"


def test_even_batches_hold_the_same_rows() -> None:
    found = list(even(iter([batch(0, 3), batch(3, 0), batch(3, 9), batch(12, 1)]), SCHEMA, 5))
    assert [len(one) for one in found] == [5, 5, 3]
    assert [n for one in found for n in one.column(0).to_pylist()] == list(range(13))
    assert not list(even(iter([]), SCHEMA, 5))


class Full(io.BytesIO):
    """A file on a disk that is full after some bytes."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > 2000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Room, "file", lambda room: Full())
    kept = Spill(SCHEMA, Room(8, tmp_path))
    with pytest.raises(DataError, match="no space is left") as error:
        kept.add(batch(0, 1000))
    assert error.value.where == str(tmp_path)


def test_little_waits_once_there_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "WRITE", 400)
    kept, waiting = Spill(SCHEMA, Room(SHARE * 2000, tmp_path)), []
    for start in range(0, 400, 10):
        kept.add(batch(start, 10))
        waiting.append(kept._bytes)
    assert 1000 < max(waiting[:10]) <= 2000, "in memory, as long as there is room"
    assert max(waiting[10:]) <= 400
    assert [n for found in kept.batches() for n in found.column(0).to_pylist()] == [*range(400)]
