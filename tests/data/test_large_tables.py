"""Tables that lie on disk are what pandas reads, from one file or several; a damaged one is named, odd ones are read as ever."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from pyexplain.data.files import write_table
from pyexplain.data.large_tables import open_large
from pyexplain.data.room import Room
from pyexplain.data.shards import read_tables
from pyexplain.errors import DataError

FRAME = pd.DataFrame({"user": [3, 1, 2], "text": ["é", "", "long " * 9], "value": [0.5, -1.0, 1.0]}).astype({"text": "str"})


def written(folder: Path, *frames: pd.DataFrame) -> list[Path]:
    for number, frame in enumerate(frames):
        write_table(folder / f"{number}.parquet", frame)
    return [folder / f"{number}.parquet" for number in range(len(frames))]


def test_it_is_what_pandas_reads(tmp_path: Path) -> None:
    paths = written(tmp_path, FRAME, FRAME.iloc[:0], FRAME[::-1].reset_index(drop=True))
    found = open_large(paths, Room(8, tmp_path))
    assert found is not None
    pd.testing.assert_frame_equal(found, pd.concat(map(pd.read_parquet, paths), ignore_index=True))
    assert sorted(tmp_path.iterdir()) == paths
    names = [path.name for path in paths]
    pd.testing.assert_frame_equal(read_tables(tmp_path, names, ["text"], Room(8)), read_tables(tmp_path, names, ["text"]))


def test_what_is_small_or_odd_is_left_to_others(tmp_path: Path) -> None:
    assert open_large(written(tmp_path, FRAME), Room()) is None
    assert open_large(written(tmp_path, FRAME, FRAME[["user"]]), Room(8)) is None
    assert open_large(written(tmp_path, FRAME.assign(day=pd.Timestamp(0))), Room(8)) is None
    assert open_large(written(tmp_path, FRAME.assign(value=[1.0, None, 2.0])), Room(8)) is None


def test_without_room_on_disk_it_is_read_into_memory(tmp_path: Path) -> None:
    written(tmp_path, FRAME)
    pd.testing.assert_frame_equal(read_tables(tmp_path, ["0.parquet"], (), Room(8, tmp_path / "none")), FRAME)


def test_a_damaged_file_and_a_column_that_is_not_there_are_named(tmp_path: Path) -> None:
    paths = written(tmp_path, FRAME, FRAME)
    with pytest.raises(DataError, match="lacks the columns item"):
        read_tables(tmp_path, ["0.parquet"], ["item"], Room(8))
    body = paths[1].read_bytes()
    paths[1].write_bytes(body[: len(body) // 2])
    with pytest.raises(DataError, match="no Parquet file") as error:
        read_tables(tmp_path, ["0.parquet", "1.parquet"], (), Room(8))
    assert error.value.where == str(paths[1])
    with pytest.raises(pa.ArrowException):
        open_large(paths, Room(8))
