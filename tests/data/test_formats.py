"""Folders of older versions are read and rewritten, those of newer ones are refused by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pyexplain import load_dataset, save_dataset
from pyexplain.data.files import write_manifest
from pyexplain.data.formats import FORMAT
from pyexplain.data.store import KIND, upgrade_dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import DataError
from pyexplain.testing.worlds import digests
from tests.worlds import small_world

OLD = Path(__file__).parent / "old"
# format -> fingerprint, users, items, features, mentions that models may see, held-out ones. 1: made by 0.1.0 (222beda). 2: with
# titles, and one person forgotten (19f871b).
FOLDERS = {1: ("265f3216375b42c5", 12, 8, 4, 36, 7), 2: ("f99395d9e3b0707e", 23, 10, 5, 104, 16)}


def changed(folder: Path, **keys: Any) -> Path:
    """A folder of today whose dataset.json says something else, its manifest in order."""
    save_dataset(small_world(), folder)
    summary = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(summary | keys))
    write_manifest(folder, KIND)
    return folder


def folder_of(number: int) -> Path:
    return OLD / f"format-{number}"


@pytest.mark.parametrize("number", FOLDERS)
def test_folders_of_older_formats_are_read(number: int) -> None:
    data = load_dataset(folder_of(number))
    sizes = (data.n_users, data.n_items, data.n_features, len(data.evidence), len(data.heldout))
    assert (data.fingerprint, *sizes) == FOLDERS[number]
    assert data.features.kinds is None
    assert (data.items.titles is None, data.lineage == ()) == (number == 1, number == 1)


@pytest.mark.parametrize("number", FOLDERS)
def test_totals_of_older_folders_are_counted_from_their_mentions(number: int) -> None:
    data = load_dataset(folder_of(number))
    for side, totals in (("user", data.user_mentions), ("item", data.item_mentions)):
        assert totals is not None
        dense = np.zeros(totals.shape), np.zeros(totals.shape)
        for row, feature, sentiment in data.evidence[[side, "feature", "sentiment"]].itertuples(index=False):
            dense[0][row, feature] += 1
            dense[1][row, feature] += sentiment
        np.testing.assert_array_equal(totals.counts.dense(), dense[0])
        np.testing.assert_allclose(totals.sums.dense(), dense[1], atol=1e-6)


@pytest.mark.parametrize("number", FOLDERS)
def test_they_can_be_rewritten_and_say_the_same(number: int, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    shutil.copytree(folder_of(number), folder)
    assert upgrade_dataset(folder) == number
    before, after = load_dataset(folder_of(number)), load_dataset(folder)
    assert digests(after) == digests(before)
    assert after.fingerprint == before.fingerprint
    assert json.loads((folder / "dataset.json").read_text())["format"] == FORMAT
    written = (folder / "dataset.json").stat().st_mtime_ns
    assert upgrade_dataset(folder) == FORMAT
    assert (folder / "dataset.json").stat().st_mtime_ns == written


def test_today_s_format_is_named(tmp_path: Path) -> None:
    save_dataset(small_world(), tmp_path / "d")
    summary = json.loads((tmp_path / "d" / "dataset.json").read_text())
    assert (summary["format"], summary["needs"]) == (FORMAT, [])


def test_newer_formats_and_unknown_needs_are_refused_by_name(tmp_path: Path) -> None:
    for number, (keys, said) in enumerate(
        [({"format": FORMAT + 1}, f"format {FORMAT + 1}"), ({"needs": ["vectors"]}, "with vectors"), ({"format": "x"}, "'x'")]
    ):
        folder = changed(tmp_path / str(number), **keys)
        for act in (load_dataset, upgrade_dataset):
            with pytest.raises(DataError, match=said):
                act(folder)


def test_keys_that_nobody_needs_are_left_aside(tmp_path: Path) -> None:
    assert load_dataset(changed(tmp_path / "d", later={"a": 1})).fingerprint == small_world().fingerprint


def test_features_of_other_kinds_travel_and_are_needed(tmp_path: Path) -> None:
    data = small_world()
    kinds = ["word", "attribute", "history"] * 2 + ["word"] * (data.n_features - 6)
    names = ["same", "same", "same", *data.features.names[3:]]
    mixed = replace(data, features=Vocabulary(names, "feature", kinds=kinds))
    save_dataset(mixed, tmp_path / "d")
    assert json.loads((tmp_path / "d" / "dataset.json").read_text())["needs"] == ["kinds"]
    back = load_dataset(tmp_path / "d")
    assert (back.features.names, back.features.kinds) == (tuple(names), tuple(kinds))
    assert back.fingerprint == mixed.fingerprint != data.fingerprint


def test_a_kind_that_is_none_is_named_with_the_file(tmp_path: Path) -> None:
    save_dataset(small_world(), tmp_path / "d")
    table = pd.read_parquet(tmp_path / "d" / "features.parquet").assign(kind="smell")
    table.to_parquet(tmp_path / "d" / "features.parquet")
    write_manifest(tmp_path / "d", KIND)
    with pytest.raises(DataError, match=r"features.parquet.*smell"):
        load_dataset(tmp_path / "d")
