"""Reviews that are kept from the first reading come again as they were read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.demo import write_demo
from pyexplain.data.room import Room
from pyexplain.data.types import REVIEW_COLUMNS, Reviews
from pyexplain.preparation.kept import KeptReviews
from tests.readers import made


@pytest.mark.parametrize("memory", [8, 2**30])
def test_chunks_come_again_as_they_were(tmp_path: Path, memory: int) -> None:
    frames = [
        pd.DataFrame({"user": ["u", "ü"], "item": ["i", "j"], "rating": [1.0, 4.5], "text": ["", "Good.\n好"], "time": [-1, 7]}),
        pd.DataFrame({"user": ["w"], "item": ["i"], "rating": [2.0], "text": ["x" * 9], "time": [0], "split": ["train"]}),
    ]
    kept = KeptReviews(Room(memory, tmp_path))
    for frame in frames:
        kept.add(Reviews(frame.astype({"user": "str", "item": "str", "text": "str"})))
    for _ in range(2):
        again = [chunk.frame for chunk in kept.chunks()]
        assert [f.to_dict("list") for f in again] == [f[list(REVIEW_COLUMNS)].to_dict("list") for f in frames]
    assert not list(tmp_path.iterdir())


def test_a_file_is_read_once_where_texts_are_kept(tmp_path: Path) -> None:
    path = write_demo(tmp_path / "demo", users=20, items=12, features=5, reviews=90)
    source, other = made.source(path, chunk=20), made.source(path, chunk=20)
    rows = source.interactions(Room(8))
    marks = np.zeros(90, bool)
    marks[rows["row"].to_numpy()[::3]] = True
    expected = [chunk.frame.to_dict("list") for chunk in other.chunks(marks)]
    path.unlink()
    assert [chunk.frame.to_dict("list") for chunk in source.chunks(marks)] == expected
    assert len(expected) == 5
