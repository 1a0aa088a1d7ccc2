"""Room for what grows: large arrays lie in files without a name, hold what was written, and a full disk is said before it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from pyexplain.data import views
from pyexplain.data.candidates import draw_candidates
from pyexplain.data.room import ARRAYS, IN_MEMORY, Room, give_back
from pyexplain.data.views import as_before
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


@pytest.mark.parametrize("size", [3, 2**18])
def test_arrays_are_made_part_by_part_as_numpy_makes_them_whole(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views.blocks, "__defaults__", (size,))
    numbers = np.array([4, 4, 4, 1, 1, 0, 7, 7, 4])
    nothing = numbers[:0]
    for room in (IN_MEMORY, Room(8, tmp_path)):
        made = room.made(9, np.int32, lambda part: numbers[part] + 1)
        assert made.dtype == np.int32
        assert (made == numbers + 1).all()
        marked = room.where(9, lambda part: numbers[part] == 4)
        assert marked.tolist() == [0, 1, 2, 8]
        assert room.taken(numbers, np.array([8, 3, 3, 0])).tolist() == [4, 1, 1, 4]
        again = room.where(9, lambda part: as_before(numbers, part))
        assert again.tolist() == [1, 2, 4, 7]
        assert not len(room.made(0, np.int8, lambda part: nothing[part]))
        assert not len(room.where(0, lambda part: as_before(nothing, part)))
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
