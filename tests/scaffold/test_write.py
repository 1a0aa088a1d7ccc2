"""Writing: a whole package or nothing, and never over anything that is there."""

from __future__ import annotations

import ast
import os
import tomllib
from pathlib import Path

import pytest

from pyexplain import __version__
from pyexplain.errors import DataError, UsageError
from pyexplain.hookspecs import INTERFACE_VERSION
from pyexplain.registry import HOOKS
from pyexplain.scaffold import KINDS, make_names, write_package
from pyexplain.scaffold.write import package_texts

from ..cli.conftest import good, run


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_is_complete(kind: str, tmp_path: Path) -> None:
    written = write_package(make_names(kind, "deep-focus"), tmp_path / "new", __version__)
    wanted = [".gitignore", "README.md", "pyexplain_deep_focus.py", "pyproject.toml", "tests/test_pyexplain_deep_focus.py"]
    assert [str(path) for path in written] == wanted
    assert files_in(tmp_path) == sorted(["new", "new/tests", *(f"new/{path}" for path in wanted)])


@pytest.mark.parametrize("kind", KINDS)
def test_its_parts_fit_together(kind: str) -> None:
    names = make_names(kind, "deep-focus")
    texts = package_texts(names, "1.2.3")
    project = tomllib.loads(texts["pyproject.toml"])
    assert project["project"]["name"] == "pyexplain-deep-focus"
    assert project["project"]["entry-points"]["pyexplain"] == {"deep-focus": "pyexplain_deep_focus"}
    assert project["project"]["dependencies"] == ["pyexplain>=1.2.3"]
    assert project["tool"]["setuptools"]["py-modules"] == ["pyexplain_deep_focus"]
    module = texts["pyexplain_deep_focus.py"]
    functions = [node.name for node in ast.parse(module).body if isinstance(node, ast.FunctionDef)]
    assert HOOKS[kind] == functions[-1]
    assert f"class {names.cls}(" in module
    assert f"PYEXPLAIN_INTERFACE = {INTERFACE_VERSION} " in module
    assert f"from pyexplain_deep_focus import {names.cls}" in texts["tests/test_pyexplain_deep_focus.py"]
    assert "plugins check deep-focus" in texts["README.md"]
    assert not [path for path, text in texts.items() if "$" in text or len(max(text.split("\n"), key=len)) > 160]


@pytest.mark.parametrize("kind", KINDS)
def test_long_names_fit_too(kind: str) -> None:
    texts = package_texts(make_names(kind, "x" * 40), __version__)
    modules = [path for path in texts if path.endswith(".py")]
    assert len(modules) >= 2
    for path in modules:
        compile(texts[path], path, "exec")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("the only copy")
    with pytest.raises(UsageError, match="the folder is not empty") as caught:
        write_package(make_names("metric", "foo"), tmp_path, __version__)
    assert caught.value.hint == "Name another folder, or empty this one."
    assert "--out" in caught.value.on_command_line()[2]
    assert files_in(tmp_path) == ["thesis.txt"]


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "foo").write_text("a file")
    with pytest.raises(UsageError, match="is not a folder"):
        write_package(make_names("metric", "foo"), tmp_path / "foo", __version__)
    assert (tmp_path / "foo").read_text() == "a file"


def test_an_empty_folder_is_filled_even_the_one_we_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    write_package(make_names("metric", "foo"), Path("."), __version__)
    assert (Path.cwd() / "pyproject.toml").is_file()
    assert files_in(tmp_path)[0] == "empty"


def test_nothing_is_left_where_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *rest: object, **more: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(DataError, match="cannot be written: No space left"):
        write_package(make_names("metric", "foo"), tmp_path / "foo", __version__)
    assert files_in(tmp_path) == []


def test_the_command_says_what_it_wrote_and_what_comes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = good("new", "reader", "my-lines").output
    assert "pyexplain-my-lines/pyproject.toml" in said
    assert "Next: pip install -e pyexplain-my-lines" in said
    again = run("new", "reader", "my-lines")
    assert again.exit_code == 2
    assert "Error: pyexplain-my-lines: the folder is not empty" in again.output
    elsewhere = good("new", "reader", "my-lines", "--out", tmp_path / "deep" / "er")
    assert f"Next: pip install -e {tmp_path}/deep/er" in elsewhere.output.replace("\n", "")
    assert (tmp_path / "deep" / "er" / "pyexplain_my_lines.py").is_file()


def test_the_command_refuses_names_that_are_taken_and_kinds_that_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    taken = run("new", "explainer", "cnr")
    assert taken.exit_code == 2
    assert "the name 'cnr' is taken: plugin cnr of pyexplain offers an explainer of that name" in taken.output
    assert run("new", "method", "foo").exit_code == 2
    assert files_in(tmp_path) == []
