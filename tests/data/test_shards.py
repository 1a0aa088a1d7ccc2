"""A data set whose files are there in parts is the same data set; parts that do not fit together are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from pyexplain import load_dataset, save_dataset
from pyexplain.data import shards
from pyexplain.data.files import check_manifest, write_manifest
from pyexplain.data.part_names import part_name, parts_of
from pyexplain.data.store import KIND, upgrade_dataset
from pyexplain.errors import DataError
from pyexplain.testing.worlds import digests
from tests.worlds import small_world

TABLES = ("users", "items", "features", "evidence", "heldout")


def split_folder(folder: Path, shares: Sequence[float] = (0.3, 0.3, 1.0)) -> Path:
    """A folder of the small world, each of its files in parts: rows up to these shares of all (one part may be empty)."""
    save_dataset(small_world(), folder)
    for name in TABLES:
        frame = pd.read_parquet(folder / f"{name}.parquet")
        ends = [0, *(int(share * len(frame)) for share in shares)]
        for number, (start, end) in enumerate(zip(ends, ends[1:], strict=False)):
            frame[start:end].to_parquet(folder / part_name(f"{name}.parquet", number, len(shares)), index=False)
        (folder / f"{name}.parquet").unlink()
    _split_arrays(folder, shares)
    write_manifest(folder, KIND)
    return folder


def _split_arrays(folder: Path, shares: Sequence[float]) -> None:
    arrays = load_file(folder / "arrays.safetensors")
    parts: list[dict[str, np.ndarray]] = [{} for _ in shares]
    rows = {name.removesuffix(".offsets"): offsets for name, offsets in arrays.items() if name.endswith(".offsets")}
    for name, array in arrays.items():
        owner = name.rpartition(".")[0].replace("_mentions", "_features")  # totals lie in the cells of the features
        offsets = rows.get(owner)
        length = len(array) if offsets is None else len(offsets) - 1
        ends = [0, *(int(share * length) for share in shares)]
        for number, (start, end) in enumerate(zip(ends, ends[1:], strict=False)):
            if offsets is None:
                part = array[start:end]
            elif name.endswith(".offsets"):
                part = array[start : end + 1] - array[start]
            else:
                part = array[offsets[start] : offsets[end]]
            parts[number][name] = np.ascontiguousarray(part)
    for number, part_arrays in enumerate(parts):
        save_file(part_arrays, folder / part_name("arrays.safetensors", number, len(shares)))
    (folder / "arrays.safetensors").unlink()


@pytest.mark.parametrize("shares", [(0.3, 0.3, 1.0), (0.5, 1.0), (1.0,)])
def test_parts_are_read_as_one(shares: tuple[float, ...], tmp_path: Path) -> None:
    folder = split_folder(tmp_path / "d", shares)
    assert not (folder / "evidence.parquet").exists()
    assert digests(load_dataset(folder)) == digests(small_world())
    assert upgrade_dataset(folder) == 3


@pytest.mark.parametrize("rows", [7, 1000])
def test_large_tables_are_written_in_parts(rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = small_world()
    save_dataset(data, tmp_path / "whole")
    monkeypatch.setattr(shards, "PART", rows)
    save_dataset(data, tmp_path / "d")
    names = sorted(path.name for path in (tmp_path / "d").iterdir())
    in_parts = {stem: [name for name in names if name.startswith(f"{stem}-")] for stem in TABLES}
    for stem, files in in_parts.items():
        whole = pd.read_parquet(tmp_path / "whole" / f"{stem}.parquet")
        assert len(files) == (-(-len(whole) // rows) if len(whole) > rows else 0)
        assert (f"{stem}.parquet" in names) == (not files)
        if files:
            assert pd.read_parquet([tmp_path / "d" / file for file in files]).equals(whole)
    assert ("shards" in json.loads((tmp_path / "d" / "dataset.json").read_text())["needs"]) == any(in_parts.values())
    assert any(in_parts.values()) == (rows == 7)
    assert digests(load_dataset(tmp_path / "d")) == digests(data)


@pytest.mark.parametrize("name", ["evidence.parquet", "arrays.safetensors", "users.parquet"])
def test_a_part_that_is_missing_is_missed(name: str, tmp_path: Path) -> None:
    folder = split_folder(tmp_path / "d")
    (folder / part_name(name, 1, 3)).unlink()
    with pytest.raises(DataError, match="is missing"):
        load_dataset(folder)
    write_manifest(folder, KIND)  # nor does the manifest know of it
    with pytest.raises(DataError, match=rf"{name} is there in parts that do not fit together"):
        load_dataset(folder)


def test_names_of_parts() -> None:
    assert part_name("evidence.parquet", 3, 12) == "evidence-00003-of-00012.parquet"
    whole = ["a-00000-of-00002.parquet", "a-00001-of-00002.parquet"]
    assert parts_of([*whole[::-1], "a-b.parquet", "b.parquet", "aa-00000-of-00001.parquet"], "a.parquet") == whole
    assert parts_of(["a.parquet"], "a.parquet") == ["a.parquet"]
    assert parts_of(["b.parquet"], "a.parquet") == []
    for wrong in (whole[:1], whole[1:], [*whole, "a.parquet"], [*whole, "a-00000-of-00003.parquet"], ["a-00000-of-00000.parquet"]):
        with pytest.raises(ValueError, match="do not fit together"):
            parts_of(wrong, "a.parquet")


def test_only_data_sets_have_parts(tmp_path: Path) -> None:
    folder = split_folder(tmp_path / "d", (1.0,))
    assert check_manifest(folder, KIND, ("users.parquet",), in_parts=True) == {"users.parquet": ["users-00000-of-00001.parquet"]}
    with pytest.raises(DataError, match="does not list users"):
        check_manifest(folder, KIND, ("users.parquet",))


def test_parts_of_arrays_of_other_shapes_are_refused(tmp_path: Path) -> None:
    folder = split_folder(tmp_path / "d", (0.5, 1.0))
    path = folder / part_name("arrays.safetensors", 1, 2)
    save_file(load_file(path) | {"train": np.zeros((3, 3), np.int64)}, path)
    write_manifest(folder, KIND)
    with pytest.raises(DataError, match="the parts do not fit together"):
        load_dataset(folder)
