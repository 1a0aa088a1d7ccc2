"""Names gathered in pieces are those that came, each kept once, however many pieces there are."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pyexplain.data.build import _vocabulary
from pyexplain.data.interactions import latest_only, numbered
from pyexplain.data.room import Room
from pyexplain.preparation import keys
from pyexplain.preparation.keys import Keys, Names


def chunk(numbers: np.ndarray) -> pd.DataFrame:
    names = pd.DataFrame({"user": [f"u{n}" for n in numbers], "item": [f"i{n % 7}é" for n in numbers]}, dtype="str")
    return names.assign(rating=numbers / 2, time=numbers, text="not kept")


@pytest.mark.parametrize(("least", "most"), [(0, 2**21), (20, 2**21), (10**6, 45), (10**6, 2**21)])
@pytest.mark.parametrize("memory", [8, 2**62])
def test_gathered_names_are_those_of_the_chunks(
    least: int, most: int, memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LEAST", least)
    monkeypatch.setattr(keys, "MOST", most)
    rng = np.random.default_rng(0)
    chunks = [chunk(rng.integers(0, 5 * size + 1, size)) for size in (3, 0, 50, 40, 1)]
    gathered = Keys(Room(memory, tmp_path))
    for one in chunks:
        gathered.add(one)
    found, whole = gathered.frame(), pd.concat(chunks, ignore_index=True)
    for name in ("user", "item"):
        assert found[name].astype("str").equals(whole[name])
        assert sorted(found[name].cat.categories) == sorted(set(whole[name]))
    assert found[["rating", "time"]].equals(whole[["rating", "time"]])
    assert found["row"].tolist() == list(range(94))
    assert (found["split"] == "").all()
    assert not list(tmp_path.iterdir())


def test_parts_that_the_files_give_are_kept() -> None:
    gathered = Keys()
    for split in ("train", "test"):
        gathered.add(chunk(np.arange(2)).assign(split=split))
    assert gathered.frame()["split"].tolist() == ["train", "train", "test", "test"]


def test_none_at_all() -> None:
    assert list(Keys().frame().columns) == ["user", "item", "rating", "time", "split", "row"]
    assert Keys().frame().empty


def test_the_latest_is_the_same_of_names_and_of_categories() -> None:
    rng = np.random.default_rng(1)
    frame = chunk(rng.integers(0, 30, 200)).assign(time=rng.integers(0, 9, 200)).drop(columns="text")
    kinds = frame.astype({"user": "category", "item": "category"})
    (names, dropped), (categories, again) = latest_only(frame), latest_only(kinds)
    assert dropped == again > 0
    assert categories.astype({"user": "str", "item": "str"}).equals(names)
    for of in (names, categories):
        assert len(set(zip(of["user"], numbered(of["user"]), strict=True))) == of["user"].nunique()


def test_no_string_is_made_of_a_name() -> None:
    """100,000 names as Python's, and a table of them, are 15 MB; from gathering them to the vocabulary there are none."""
    column = pd.Series(pa.array([f"user-{number:08d}" for number in range(100_000)]).to_pandas(), dtype="str")
    tracemalloc.start()
    try:
        names = Names()
        for start in range(0, len(column), 8_192):
            names.add(column.iloc[start : start + 8_192])
        found = pd.Series(names.take())
        users, numbers = _vocabulary(found, "user", np.ones(len(found), dtype=bool))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert users[99_999] == "user-00099999"
    assert np.array_equal(numbers, np.arange(100_000))
    assert peak < 6e6
