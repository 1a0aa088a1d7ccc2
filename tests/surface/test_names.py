"""What pyexplain offers: `dir`, `help`, stubs and the reference agree, room by room."""

from __future__ import annotations

import ast
import importlib
import pydoc
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import pyexplain

ROOT = Path(__file__).parents[2]
MODULES = [name for name in dir(pyexplain) if isinstance(getattr(pyexplain, name), ModuleType)]
ROOMS = ["pyexplain", *(f"pyexplain.{name}" for name in MODULES)]
LAZY = [room for room in ROOMS if Path(importlib.import_module(room).__file__ or "").with_suffix(".pyi").exists()]


def names(room: str) -> list[str]:
    return [name for name in dir(importlib.import_module(room)) if not name.startswith("_")] if room in LAZY else listed(room)


def listed(room: str) -> list[str]:
    return list(importlib.import_module(room).__all__)


def test_users_see_few_names_and_the_rooms() -> None:
    assert len(names("pyexplain")) - len(MODULES) <= 24
    assert {"data", "evaluation", "explainers", "margin", "metrics", "ops", "readers", "recommenders", "testing"} <= set(MODULES)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_is_there_and_listed_once(room: str) -> None:
    module = importlib.import_module(room)
    assert len(listed(room)) == len(set(listed(room)))
    assert set(listed(room)) == set(names(room))
    for name in listed(room):
        assert getattr(module, name) is not None


@pytest.mark.parametrize("room", LAZY)
def test_the_stub_says_what_type_checkers_need(room: str) -> None:
    """Every import of a stub renames to itself, without which a type checker takes it for a private one."""
    stub = Path(importlib.import_module(room).__file__ or "").with_suffix(".pyi")
    aliases = [
        alias
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(alias.name for alias in aliases) == sorted(names(room))
    assert all(alias.asname == alias.name for alias in aliases)


@pytest.mark.parametrize("room", ROOMS)
def test_help_shows_every_name(room: str) -> None:
    text = pydoc.plain(pydoc.render_doc(importlib.import_module(room)))
    for name in listed(room):
        assert re.search(rf"\b{name}\b", text), f"help({room}) does not show {name}"


def test_the_reference_has_every_name() -> None:
    """By itself, with a module that lists its names in `__all__` of its source, or with another room that offers the same."""
    text = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
    shown = re.findall(r"^::: (\S+)", text, re.M)
    assert len(shown) == len(set(shown))
    whole = {name for room in set(shown) & set(ROOMS) - set(LAZY) for name in listed(room)}
    single = {path.rpartition(".")[2] for path in shown if path.rpartition(".")[0] in ROOMS}
    for room in ROOMS:
        assert not set(names(room)) - whole - single - set(MODULES), room
    for path in shown:
        room, _, name = path.rpartition(".")
        assert room not in LAZY or path in ROOMS or name in names(room) or path == "pyexplain.hookspecs", path


@pytest.mark.parametrize("room", ROOMS)
def test_one_name_is_one_thing(room: str) -> None:
    """A name that several rooms offer is the same thing in each."""
    module = importlib.import_module(room)
    for other in ROOMS:
        for name in set(listed(room)) & set(listed(other)) - set(MODULES):
            assert getattr(module, name) is getattr(importlib.import_module(other), name), f"{name} of {room} and of {other}"


@pytest.mark.parametrize("room", LAZY)
def test_nothing_is_imported_before_it_is_asked_for(room: str) -> None:
    code = f"import sys, {room}; dir({room}); print([m for m in ('torch', 'pandas', 'numpy', 'pluggy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("room", LAZY)
def test_a_module_of_the_same_name_does_not_hide_a_name(room: str) -> None:
    """Importing pyexplain.margin.contributions binds that name to the module, where the package offers a function."""
    module = importlib.import_module(room)
    for name in set(listed(room)) - set(MODULES):
        if (Path(module.__file__ or "").parent / f"{name}.py").exists():
            importlib.import_module(f"{room}.{name}")
            assert not isinstance(getattr(module, name), ModuleType)


def test_a_wrong_name_is_an_attribute_error() -> None:
    for room in LAZY:
        with pytest.raises(AttributeError, match=f"module '{room}' has no attribute 'nothing'"):
            _ = importlib.import_module(room).nothing
