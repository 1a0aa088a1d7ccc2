"""The one reader of JSON: whatever a file holds, an object comes back or a message that names the file."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyexplain.data.json_file import MAX_DEPTH, parse_json, read_bytes, read_json
from pyexplain.errors import DataError

CORE = Path(__file__).parents[2] / "pyexplain"
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is not JSON"),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, "deeper"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deeper"),
    "deep and unfinished": (b"[" * 100_000, "deeper|not JSON"),
    "a level too deep": (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "deeper"),
    "a list": (b"[1]", "one JSON object, this is a list"),
    "null": (b"null", "is null"),
    "a number": (b"3", "is a number"),
    "a key twice": (b'{"files": {}, "files": {}}', "'files' is there twice"),
    "not a number": (b'{"a": NaN}', "NaN"),
    "infinity": (b'{"a": -Infinity}', "Infinity"),
    "a number beyond double": (b'{"a": 1e999}', "too large"),
    "a number of 10,000 digits": (b'{"a": ' + b"9" * 10_000 + b"}", "digit"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "UTF-8"),
    "utf-16": ('{"a": "b"}'.encode("utf-16"), "UTF-8|zero bytes"),
    "utf-16 without mark": ('{"a": "b"}'.encode("utf-16-le"), "zero bytes"),
    "half a pair": (b'{"a": "\\ud800"}', "surrogate"),
    "cut": (b'{"a": {"b": 1', "not JSON"),
    "more behind it": (b"{} {}", "not JSON"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_sound_object_is_named(kind: str, tmp_path: Path) -> None:
    content, said = BAD[kind]
    (tmp_path / "f.json").write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        read_json(tmp_path / "f.json")
    assert str(tmp_path / "f.json") in error.value.where


def test_what_cannot_be_read_or_is_too_large_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path, tmp_path / ("n" * 300), Path("a\0b")):
        with pytest.raises(DataError, match="cannot be read"):
            read_json(path)
    (tmp_path / "large").write_bytes(b"x" * 2**20)
    with pytest.raises(DataError, match="larger than"):
        read_bytes(tmp_path / "large", limit=2**20 - 1)
    assert len(read_bytes(tmp_path / "large", limit=2**20)) == 2**20


def test_a_mark_before_it_and_depth_up_to_the_limit_are_read(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_bytes(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}')
    assert read_json(tmp_path / "f.json") == {"a": "\U0001f600"}
    parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH, "here")


LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(VALUES)
def test_what_json_writes_is_read_back(value: object) -> None:
    text = json.dumps(value, allow_nan=False)
    if "\\u0000" not in text:
        assert parse_json(text, "here") == value
    assert parse_json(text.encode(), "here") == value


@given(st.binary(max_size=60) | st.text('[]{}":,0123456789eE+-.tfn\\ \n', max_size=60).map(str.encode))
def test_bytes_give_a_value_or_one_kind_of_error(content: bytes) -> None:
    try:
        found = parse_json(content, "here")
    except DataError:
        return
    assert found == json.loads(content)


# written by ourselves and shipped with the package, or one line of many, which the reader of reviews judges by itself
OWN = {"data/json_file.py", "extraction/english.py", "reproduce/paper.py", "data/demo.py"}


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_nobody_else_reads_json(path: Path) -> None:
    if str(path.relative_to(CORE)) in OWN or path.relative_to(CORE).parts[0] == "readers":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "json":
            assert node.attr not in ("load", "loads", "JSONDecoder"), "read it by data/json_file.py"
