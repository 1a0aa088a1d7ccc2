"""Arrays where they lie in a safetensors file: what the library reads, without reading it; a damaged file is one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pyexplain.data.files import read_arrays
from pyexplain.errors import DataError

ARRAYS = {
    "marks": np.array([[True], [False]]),
    "none": np.zeros((0, 2), np.int64),
    "numbers": np.arange(6).reshape(2, 3),
    "odd": np.array([1, 2, 3], np.int8),
    "values": np.array([0.5, -1.0], np.float32),
}


def test_they_are_those_that_the_library_reads_and_cannot_be_written(tmp_path: Path) -> None:
    save_file(ARRAYS, tmp_path / "a.safetensors", {"note": "not an array"})
    found, wanted = read_arrays(tmp_path / "a.safetensors"), load_file(tmp_path / "a.safetensors")
    assert found.keys() == wanted.keys()
    for name, array in found.items():
        assert array.dtype == wanted[name].dtype
        assert array.flags.aligned
        assert np.array_equal(array, wanted[name])
    with pytest.raises(ValueError, match="read-only"):
        found["numbers"][0, 0] = 1


def test_they_stay_when_the_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file(ARRAYS, path)
    found = read_arrays(path)
    save_file({"numbers": np.zeros((2, 3), np.int64)}, tmp_path / "b.safetensors")
    (tmp_path / "b.safetensors").replace(path)
    assert np.array_equal(found["numbers"], ARRAYS["numbers"])


def test_numbers_that_others_did_not_align_are_read(tmp_path: Path) -> None:
    head = json.dumps(
        {"a": {"dtype": "I8", "shape": [1], "data_offsets": [0, 1]}, "b": {"dtype": "I64", "shape": [1], "data_offsets": [1, 9]}}
    )
    body = len(head).to_bytes(8, "little") + head.encode() + b"\x07" + (12345).to_bytes(8, "little")
    (tmp_path / "a.safetensors").write_bytes(body)
    found = read_arrays(tmp_path / "a.safetensors")["b"]
    assert found.flags.aligned
    assert found.tolist() == [12345]


@pytest.mark.parametrize("cut", [0, 4, 20, -1])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.safetensors"
    save_file(ARRAYS, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match="no safetensors file") as error:
        read_arrays(path)
    assert error.value.where == str(path)


def test_a_type_that_numpy_has_not_is_named(tmp_path: Path) -> None:
    head = json.dumps({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + b"\0\0")
    with pytest.raises(DataError, match="BF16"):
        read_arrays(tmp_path / "a.safetensors")
