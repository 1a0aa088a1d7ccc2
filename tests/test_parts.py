"""Parts of a large table: in the order of their numbers, whatever some of them lack."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pyexplain.errors import RunError
from pyexplain.parts import Parts, packed

ROWS = pd.DataFrame({"user": ["u1", "u2"], "to": [1.5, 2.5], "valid": [True, False], "rank": [1, 2]})
NOTHING = pd.DataFrame({"user": [], "to": [], "valid": [], "rank": []})
WITHOUT = ROWS.assign(to=None, valid=None)


def joined(folder: Path, *frames: pd.DataFrame, first: int = 0) -> pd.DataFrame:
    parts = Parts(folder / "x.parquet")
    parts.begin({}, resume=False)
    for number, frame in enumerate(frames, first):
        parts.write(number, packed(frame))
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
    (parts.folder / "٠٠٠٠٠٠.arrow").write_bytes(b"")
    for act in (parts.remove, lambda: parts.begin({}, resume=True)):
        with pytest.raises(RunError, match="no part of ours"):
            act()


def test_texts_that_come_with_their_codes_are_read_as_texts(tmp_path: Path) -> None:
    plain = pa.schema([("text", pa.large_string()), ("number", pa.int64())])
    parts, texts = Parts(tmp_path / "out.parquet"), [["a", "b", "a"], ["c", "a", "a"]]
    parts.begin({}, resume=False)
    for number, values in enumerate(texts):
        coded = pa.array(values, pa.large_string()).dictionary_encode()
        parts.write(number, packed(pa.table({"text": coded, "number": pa.array([number] * 3)})))
    parts.join(parts.out)
    found = pq.read_table(parts.out)
    assert found.schema.equals(plain)
    assert found["text"].to_pylist() == texts[0] + texts[1]
    assert pq.ParquetFile(parts.out).schema_arrow.equals(plain)


def test_what_an_older_version_left_is_made_again_and_removed(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "x.parquet")
    parts.begin({}, resume=False)
    (parts.folder / f"000000.{'0' * 64}.parquet").write_bytes(b"older")
    parts.begin({}, resume=True)
    assert parts.there() == set()
    parts.write(0, packed(ROWS))
    parts.join(parts.out)
    assert pd.read_parquet(parts.out).equals(ROWS)
    parts.remove()
    assert not parts.folder.exists()
