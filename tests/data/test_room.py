"""Room for what grows: large arrays lie in files without a name, hold what was written, and a full disk is said before it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from pyexplain.data.candidates import draw_candidates
from pyexplain.data.room import ARRAYS, Room, give_back
from pyexplain.errors import DataError


def test_a_large_array_lies_in_a_file_that_has_no_name(tmp_path: Path) -> None:
    room = Room(memory=ARRAYS * 1000, folder=tmp_path)
    small, large = room.array((125,), np.int64), room.array((10, 100), np.int64)
    assert small.base is None
    assert large.base is not None
    large[:] = np.arange(1000).reshape(10, 100)
    give_back(large)
    give_back(small)
    assert (large.ravel() == np.arange(1000)).all()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "no space is left"), (errno.EIO, "cannot be written")])
def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DataError, match=said) as error:
        Room(memory=8, folder=tmp_path).array((1000,), np.int64)
    assert error.value.where == str(tmp_path)
    assert "max_memory" in str(error.value.hint)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        Room(folder=tmp_path / "none").file()


def test_lists_are_the_same_in_memory_and_on_disk() -> None:
    rng = np.random.default_rng(0)
    liked = np.unique(rng.integers(0, 30, (400, 2)), axis=0)
    one, other = (draw_candidates(liked[::3], liked, 30, 30, 12, 0, room) for room in (None, Room(memory=8)))
    assert np.array_equal(one.items, other.items)
    assert np.array_equal(one.relevant, other.relevant)
    assert (one.items >= 0).any()
    assert (one.items[~one.relevant] >= -1).all()
