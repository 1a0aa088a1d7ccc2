"""Mentions in batches: names are numbers, and come back as they were; those of unknown rows, and missing names, too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pyexplain.data.quoted import Reviewed, quoted, seen_features
from pyexplain.data.room import Room
from pyexplain.data.said import FOUND, SaidInReviews, names_of

PAIRS = pd.DataFrame({"user": ["ann", "bob", "cid"], "item": ["x", "x", "y"]}, dtype="str")
TABLE = pd.DataFrame(
    {
        "user": ["bob", "ann", "ann", "cid"],
        "item": ["x", "x", "x", "y"],
        "feature": ["sound", "price", "sound", "strap"],
        "opinion": ["great", "low", "", "great"],
        "sentiment": [1.0, -1.0, 0.5, 1.0],
        "sentence": ["Great sound.", "Low price?", "", "A gréat strap."],
    }
).astype({"user": "str", "item": "str", "feature": "str", "opinion": "str", "sentence": "str"})
ROWS = np.array([1, 0, 0, 2])


@pytest.mark.parametrize("room", [Room(), Room(8)])
def test_names_are_numbers_in_the_order_in_which_they_come(room: Room) -> None:
    said = SaidInReviews.of(TABLE, ROWS, room)
    assert said.features == ["sound", "price", "strap"]
    assert len(said) == 4
    names = [name for block in said.blocks() for name in names_of(said.features, pa.array(block.feature)).to_pylist()]
    assert names == TABLE["feature"].tolist()
    assert [len(block.row) for block in said.blocks(3)] == [3, 1]


def test_batches_bring_names_of_their_own() -> None:
    said = SaidInReviews()
    for names in (["sound", "price"], ["strap", "sound"]):
        columns = [pa.array([0, 1], pa.int32()), pa.array(names).dictionary_encode(), pa.array(["low", "low"]).dictionary_encode()]
        said.add(pa.record_batch([*columns, pa.array([1.0, 1.0]), pa.array(["a", "b"], pa.large_string())], schema=FOUND))
    assert said.features == ["sound", "price", "strap"]
    assert [block.feature.tolist() for block in said.blocks()] == [[0, 1, 2, 0]]
    assert said.opinions == ["low"]


def test_missing_names_stay_missing() -> None:
    said = SaidInReviews.of(TABLE.assign(opinion=[None, "low", "low", None]), ROWS)
    assert [block.opinion.tolist() for block in said.blocks()] == [[-1, 0, 0, -1]]
    assert names_of(said.opinions, pa.array([0, -1])).to_pylist() == ["low", None]


@pytest.mark.parametrize("room", [Room(), Room(8)])
def test_what_is_kept_of_them(room: Room) -> None:
    """Rows 0 and 1 are seen, row 2 is tested: the strap, which only a held-out review mentions, is no feature."""
    of = Reviewed(np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([True, True, False]), np.array([False, False, True]))
    said = SaidInReviews.of(TABLE, ROWS, room)
    features = seen_features(said, of)
    assert features.names == ("sound", "price")
    found = quoted(said, of, of.seen, features, room)
    assert list(found.columns) == ["user", "item", "feature", "opinion", "sentiment", "sentence"]
    assert found[["user", "item", "feature"]].to_numpy().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert found["sentence"].tolist() == ["Great sound.", "Low price?", ""]
    assert quoted(said, of, of.tested, features, room).empty
