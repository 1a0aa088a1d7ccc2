"""Parts of a large table: in the order of their numbers, whatever some of them lack."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pyexplain.errors import RunError
from pyexplain.parts import Parts

ROWS = pd.DataFrame({"user": ["u1", "u2"], "to": [1.5, 2.5], "valid": [True, False], "rank": [1, 2]})
NOTHING = pd.DataFrame({"user": [], "to": [], "valid": [], "rank": []})
WITHOUT = ROWS.assign(to=None, valid=None)


def joined(folder: Path, *frames: pd.DataFrame, first: int = 0) -> pd.DataFrame:
    parts = Parts(folder / "x.parquet")
    parts.begin({}, resume=False)
    for number, frame in enumerate(frames, first):
        parts.write(number, frame)
    parts.begin({}, resume=True)
    parts.join(folder / "x.parquet")
    assert parts.there() == set(range(first, first + len(frames)))
    parts.remove()
    return pd.read_parquet(folder / "x.parquet")


@pytest.mark.parametrize("frames", [(NOTHING, ROWS), (WITHOUT, ROWS), (ROWS, NOTHING), (WITHOUT, NOTHING, ROWS), (ROWS, WITHOUT)])
def test_a_part_without_rows_or_values_does_not_say_what_the_others_hold(tmp_path: Path, frames: tuple[pd.DataFrame, ...]) -> None:
    found = joined(tmp_path, *frames)
    assert found["user"].tolist() == [user for frame in frames for user in frame["user"]]
    assert sorted(found["to"].dropna()) == [1.5, 2.5]
    assert sorted(found["valid"].dropna()) == [False, True]


def test_nothing_at_all_has_its_columns(tmp_path: Path) -> None:
    assert list(joined(tmp_path, NOTHING, NOTHING)) == list(ROWS)


def test_the_millionth_part_is_one_of_ours_and_comes_last(tmp_path: Path) -> None:
    frames = [ROWS.assign(rank=[number, number]) for number in range(3)]
    found = joined(tmp_path, *frames, first=999_999)
    assert found["rank"].tolist() == [0, 0, 1, 1, 2, 2]


def test_what_is_no_part_is_refused(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "x.parquet")
    parts.begin({}, resume=False)
    (parts.folder / "٠٠٠٠٠٠.parquet").write_bytes(b"")
    for act in (parts.remove, lambda: parts.begin({}, resume=True)):
        with pytest.raises(RunError, match="no part of ours"):
            act()
