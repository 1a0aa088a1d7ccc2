"""Kinds of features, tables and arrays in several files, and what each user liked: by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from pyexplain.data.kinds import ATTRIBUTE, HISTORY, WORD, checked_kinds
from pyexplain.data.liked import LikedItems
from pyexplain.data.shards import read_all_arrays, read_tables
from pyexplain.data.sparse import SparseRows
from pyexplain.errors import DataError


def test_kinds_of_words_alone_are_not_kept() -> None:
    assert checked_kinds([WORD, WORD], ["sound", "price"]) is None
    assert checked_kinds([WORD, ATTRIBUTE, HISTORY], ["sound", "color", "i7"]) == (WORD, ATTRIBUTE, HISTORY)


@pytest.mark.parametrize(
    ("kinds", "message"), [([WORD], "1 kinds for 2 features"), ([WORD, "smell"], "unknown kind of feature 'smell'")]
)
def test_a_kind_is_known_and_each_feature_has_one(kinds: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        checked_kinds(kinds, ["sound", "price"])


def test_tables_in_parts_are_one_table(tmp_path: Path) -> None:
    whole = pd.DataFrame({"user": [0, 1, 2], "item": [5, 6, 7]})
    for name, part in (("a.parquet", whole[:2]), ("b.parquet", whole[2:])):
        part.to_parquet(tmp_path / name, index=False)
    assert read_tables(tmp_path, ["a.parquet", "b.parquet"]).equals(whole)
    assert read_tables(tmp_path, ["b.parquet"])["user"].tolist() == [2]
    with pytest.raises(DataError):
        read_tables(tmp_path, ["a.parquet"], ["rating"])


def test_sparse_rows_in_parts_follow_each_other(tmp_path: Path) -> None:
    dense = np.array([[1, 0], [0, 0], [2, 3], [0, 4]], dtype=np.float32)
    for name, part in (("a.safetensors", dense[:1]), ("b.safetensors", dense[1:])):
        rows = SparseRows.from_dense(part)
        arrays = {"f.offsets": rows.offsets, "f.indices": rows.indices, "f.values": rows.values}
        save_file(arrays, tmp_path / name)
    found = read_all_arrays(tmp_path, ["a.safetensors", "b.safetensors"])
    joined = SparseRows(found["f.offsets"], found["f.indices"], found["f.values"], 2)
    assert joined.dense().tolist() == dense.tolist()


def test_what_each_user_liked() -> None:
    liked = LikedItems.of(np.array([[2, 1], [0, 3], [2, 0], [0, 3]]), 3, 4)
    assert (liked.offsets.tolist(), liked.items.tolist()) == ([0, 1, 1, 3], [3, 0, 1])
    place, items = liked.cells(np.array([2, 1, 0]))
    assert (place.tolist(), items.tolist()) == ([0, 0, 2], [0, 1, 3])
