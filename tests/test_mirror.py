"""Tests stand where the code stands: each module of a room is used by a test of that room."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

from tests.imports import FILES, module_name

TESTS = Path(__file__).parent
# Rooms whose modules are tested through one door, and which.
THROUGH_A_DOOR = {
    "cli": "every command is called as people call it, pyexplain.cli.main([...])",
    "testing": "each check is tried on a plugin that breaks it, through pyexplain.testing.run",
}
# How many modules of a room no test of the room names yet, and what tests them instead. A number may only become smaller.
UNNAMED: dict[str, tuple[int, str]] = {
    "": (
        7,
        "answers, everyone, runs and limits through the commands that call them; memory, lazy, old_names are small",
    ),
    "data": (10, "words of the demo; parts of loading, sealing and reading without running, through the folders they make"),
    "evaluation": (3, "reruns and the oracle in tests/metrics and the demo; the report through its document"),
    "explainers": (15, "steps of the solver and of the search, through solve, solve_until and solve_by_questions"),
    "extraction": (11, "steps of reading a sentence, through extract and learn on hand-made sentences"),
    "margin": (2, "coalitions and Shapley values through the explainers that ask them"),
    "metrics": (1, "where positives stand, through the metrics of ranking"),
    "ops": (2, "twins, through the operators they are compared with"),
    "preparation": (7, "through prepare and import_data in tests/readers and tests/extraction"),
    "readers": (11, "parts of readers, through the formats that use them"),
    "recommenders": (10, "base classes and parts of the training, through the methods in tests/plugins"),
    "reproduce": (5, "through the command and its folder"),
    "statements": (6, "checks of one kind each, through the facts of planted worlds"),
    "present": (3, "through the commands and pages that show them"),
}
KNOWN = frozenset(module_name(path) for path in FILES)


def room_of(name: str) -> str:
    """The room of a module, "" for those at the top."""
    parts = name.split(".")
    return parts[1] if len(parts) > 2 else ""


@cache
def home(package: str, name: str) -> str | None:
    """The module that `from package import name` leads to; None where it is of no module of ours."""
    if f"{package}.{name}" in KNOWN:
        return f"{package}.{name}"
    found = getattr(getattr(importlib.import_module(package), name, None), "__module__", None)
    return found if found in KNOWN else None


def used(path: Path) -> set[str]:
    """The modules of pyexplain that a test takes anything from, by an import or as `px.name`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = {alias.asname or alias.name: alias.name for alias in node.names if alias.name.split(".")[0] == "pyexplain"}
            known |= ours
            found |= set(ours.values())
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pyexplain" and node.module in KNOWN:
            places = {alias.asname or alias.name: home(node.module, alias.name) for alias in node.names}
            known |= {name: place for name, place in places.items() if place}
            found |= {node.module, *filter(None, places.values())}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            place = home(known[node.value.id], node.attr)
            found |= {place} if place else set()
    return found


@cache
def used_in(room: str) -> frozenset[str]:
    """What the tests of a room use."""
    paths = (TESTS / room).rglob("*.py") if room else TESTS.glob("*.py")
    return frozenset().union(*(used(path) for path in paths))


def modules() -> list[str]:
    """All that can be used: no __init__ and no __main__."""
    files = (path for path in FILES if path.name not in ("__init__.py", "__main__.py"))
    return [name for name in map(module_name, files) if room_of(name) not in THROUGH_A_DOOR]


@pytest.mark.parametrize("room", sorted({room_of(name) for name in modules()}))
def test_tests_of_a_room_use_its_modules(room: str) -> None:
    unnamed = [name for name in modules() if room_of(name) == room and name not in used_in(room)]
    most, _ = UNNAMED.get(room, (0, ""))
    assert len(unnamed) <= most, f"name each in a test of tests/{room}: {', '.join(unnamed)}"


def test_names_are_found_wherever_they_are_taken_from(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(
        "import pyexplain as px\nfrom pyexplain.data import sparse\npx.load_dataset\nsparse.SparseRows\nfrom os import path\n"
    )
    assert used(test) >= {"pyexplain", "pyexplain.data.store", "pyexplain.data.sparse"}
    assert not any(name.startswith(("os", "pyexplain.cli")) for name in used(test))
