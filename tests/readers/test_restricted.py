"""Pickles: plain data come back as they were; whatever would run, fetch or exhaust something is refused, and nothing runs."""

from __future__ import annotations

import collections
import os
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyexplain.data.restricted import load_plain, looks_pickled
from pyexplain.errors import DataError

PLAIN = {"a": [1, 2.5, "x", None, True, -(10**30)], 3: {"b": (1, (2, "c"))}, "s": {1, 2}, "e": []}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", range(6))
def test_plain_containers_come_back(tmp_path: Path, protocol: int) -> None:
    found = load_plain(written(tmp_path / "a", pickle.dumps(PLAIN, protocol)))
    assert found == PLAIN


@pytest.mark.parametrize("protocol", range(6))
def test_defaultdict_comes_back_with_its_type(tmp_path: Path, protocol: int) -> None:
    given = collections.defaultdict(list, {1: [2]})
    found = load_plain(written(tmp_path / "a", pickle.dumps(given, protocol)))
    assert found == given
    assert found[9] == []


class Attack:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> object:
        return self.call


def attacks(marker: Path) -> dict[str, bytes]:
    """Name -> pickle; those that could run something would make `marker`."""
    command = f"touch {marker}"
    inner = pickle.dumps([1])
    return {
        "os.system": pickle.dumps(Attack(os.system, command)),
        "os.system, old opcode": b"cos\nsystem\n(V" + command.encode() + b"\ntR.",
        "INST": b"(V" + command.encode() + b"\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\nV" + command.encode() + b"\no.",
        "eval": pickle.dumps(Attack(eval, f"open({str(marker)!r}, 'w')")),
        "getattr": pickle.dumps(Attack(getattr, "x", "upper")),
        "a plain type called": b"cbuiltins\nlist\n(V" + b"x" * 50 + b"\ntR.",
        "int called": b"cbuiltins\nint\n(V7\ntR.",
        "defaultdict of a call": b"ccollections\ndefaultdict\n(cos\nsystem\ntR.",
        "defaultdict of a bound method": b"ccollections\ndefaultdict\n(ccollections\ndefaultdict\ntR.",
        "dotted name": b"\x80\x04\x8c\x0bcollections\x8c\x14defaultdict.__init__\x93.",
        "a plain type as a value": b"cbuiltins\nlist\n.",
        "persistent id": b"Pabc\n.",
        "binary persistent id": b"V1\nQ.",
        "extension registry": b"\x82\x01.",
        "state set": b"cbuiltins\nlist\n}b.",
        "object made": b"\x80\x02cbuiltins\nlist\n)\x81.",
        "numpy array": pickle.dumps(np.zeros(3)),
        "numpy type": pickle.dumps(np.dtype("f8")),
        "numpy object": b"cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(VO\nI0\nI1\ntRVx\ntR.",
        "numpy complex": pickle.dumps(np.complex64(1)),
        "numpy number of too few bytes": pickle.dumps(np.int64(258)).replace(b"C\x08", b"C\x07", 1),
        "state of a number's type": b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR}b.",
        "bytes as text": b"c_codecs\nencode\n(Vx\nVutf-8\ntR.",
        "data frame": pickle.dumps(pd.DataFrame({"a": [1]})),
        "bytes": pickle.dumps(b"abc"),
        "complex": pickle.dumps(1j),
        "memory of another process": b"\x97.",
        "truncated": inner[:-3],
        "empty": b"",
        "text": b"hello, world",
        "memo that is not there": b"h\x07.",
        "stack that is empty": b"a.",
        "unhashable key": b"}]]s.",
        "deep lists": b"]" * 200 + b"a" * 199 + b".",
        "deep tuples": b")" + b"\x85" * 100_000 + b".",
        "deep tuple as a key": b"})" + b"\x85" * 100_000 + b"Ns.",
        "deep frozen sets": b"(\x91" + b"".join(b"(h\x00\x91\x94" for _ in range(3)) + b".",
    }


@pytest.mark.parametrize("name", list(attacks(Path("marker"))))
def test_attacks_are_refused_and_nothing_runs(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    path = written(tmp_path / "a", attacks(marker)[name])
    with pytest.raises(DataError) as caught:
        load_plain(path)
    assert not marker.exists()
    assert caught.value.where == str(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"K\x01r" + struct.pack("<I", 2**32 - 1) + b".",  # a memo with four billion places
        b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"abc.",  # a text of four exabytes
        b"X" + struct.pack("<I", 2**32 - 1) + b"abc.",
        b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"K\x01.",
    ],
)
def test_claims_of_size_allocate_nothing(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "a", content)
    tracemalloc.start()
    try:
        load_plain(path)
    except DataError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5_000_000


def test_larger_than_allowed_and_missing(tmp_path: Path) -> None:
    path = written(tmp_path / "a", pickle.dumps(list(range(1000))))
    with pytest.raises(DataError, match="larger than 10 bytes"):
        load_plain(path, max_bytes=10)
    with pytest.raises(DataError, match="No such file"):
        load_plain(tmp_path / "b")


def test_shared_parts_are_no_deep_nest(tmp_path: Path) -> None:
    shared = ["x"]
    for _ in range(40):
        shared = [shared, shared]  # 2**40 leaves, 41 lists
    found = load_plain(written(tmp_path / "a", pickle.dumps(shared)))
    assert found[0] is found[1]


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_of_every_protocol(tmp_path: Path, protocol: int) -> None:
    content = [{"user": "ü", "item": 7, "rating": 4.5, "template": ("a", "b", "c\n", -1), "ok": True, "none": None, "big": 2**70}]
    path = written(tmp_path / "a", pickle.dumps(content, protocol))
    assert load_plain(path) == content
    assert looks_pickled(path.read_bytes())


@pytest.mark.parametrize("protocol", range(6))
def test_single_numbers_of_numpy_come_as_plain_ones(tmp_path: Path, protocol: int) -> None:
    numbers = [np.int64(-5), np.uint8(200), np.float32(1.5), np.float64(2.25), np.bool_(True), np.str_("häus"), np.int16(3)]
    swapped = np.array([7], dtype=">i4")[0]
    content = {"numbers": [*numbers, swapped], np.int64(3): np.float64("nan")}
    found = load_plain(written(tmp_path / "a", pickle.dumps(content, protocol)))
    assert found["numbers"] == [-5, 200, 1.5, 2.25, True, "häus", 3, 7]
    assert {type(number) for number in found["numbers"]} == {int, float, bool, str}
    assert np.isnan(found[3])


def test_names_of_numpy_before_and_after_2_are_both_known(tmp_path: Path) -> None:
    old, new = b"numpy.core.multiarray", b"numpy._core.multiarray"
    mine = pickle.dumps(np.int64(5), 0)
    for name in (old, new):
        assert load_plain(written(tmp_path / "a", mine.replace(new, name).replace(old, name))) == 5
