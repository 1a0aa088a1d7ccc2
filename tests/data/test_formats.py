"""Folders of older versions are read and rewritten, those of newer ones are refused by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyexplain import load_dataset, save_dataset
from pyexplain.data.files import write_manifest
from pyexplain.data.formats import FORMAT
from pyexplain.data.store import KIND, upgrade_dataset
from pyexplain.errors import DataError
from tests.worlds import small_world

OLD = Path(__file__).parent / "old" / "format-1"  # made by `data demo` and `data prepare` of 0.1.0


def changed(folder: Path, **keys: Any) -> Path:
    """A folder of today whose dataset.json says something else, its manifest in order."""
    save_dataset(small_world(), folder)
    summary = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(summary | keys))
    write_manifest(folder, KIND)
    return folder


def test_a_folder_of_the_first_version_is_read() -> None:
    data = load_dataset(OLD)
    assert (data.fingerprint, data.n_users, data.n_items, data.n_features) == ("265f3216375b42c5", 12, 8, 4)
    assert (data.items.titles, data.lineage) == (None, ())
    assert len(data.evidence) + len(data.heldout) == 43


def test_it_can_be_rewritten_and_says_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    shutil.copytree(OLD, folder)
    assert upgrade_dataset(folder) == 1
    before, after = load_dataset(OLD), load_dataset(folder)
    assert after.fingerprint == before.fingerprint
    assert after.report == before.report
    assert after.evidence.equals(before.evidence)
    np.testing.assert_array_equal(after.test_candidates.relevant, before.test_candidates.relevant)
    written = (folder / "dataset.json").stat().st_mtime_ns
    assert upgrade_dataset(folder) == FORMAT
    assert (folder / "dataset.json").stat().st_mtime_ns == written


def test_today_s_format_is_named(tmp_path: Path) -> None:
    save_dataset(small_world(), tmp_path / "d")
    summary = json.loads((tmp_path / "d" / "dataset.json").read_text())
    assert (summary["format"], summary["needs"]) == (FORMAT, [])


def test_newer_formats_and_unknown_needs_are_refused_by_name(tmp_path: Path) -> None:
    for number, (keys, said) in enumerate(
        [({"format": FORMAT + 1}, f"format {FORMAT + 1}"), ({"needs": ["shards"]}, "with shards"), ({"format": "x"}, "'x'")]
    ):
        folder = changed(tmp_path / str(number), **keys)
        for act in (load_dataset, upgrade_dataset):
            with pytest.raises(DataError, match=said):
                act(folder)


def test_keys_that_nobody_needs_are_left_aside(tmp_path: Path) -> None:
    assert load_dataset(changed(tmp_path / "d", later={"a": 1})).fingerprint == small_world().fingerprint
