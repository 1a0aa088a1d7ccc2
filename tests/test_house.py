"""The house: who may import whom, that the core names no method, and that nothing is imported too early."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

from tests.imports import CORE, FILES, circles, import_graph, imported, module_name

ROOT = Path(__file__).parents[1]
# Rooms and modules at the top, each on a level of its own: a file imports from its own room and from what stands before it.
ORDER = (
    *("lazy", "old_names", "errors", "given", "limits", "memory", "engines", "data", "parts", "ops"),
    *("readers", "extraction"),
    *("recommenders", "margin", "explainers", "statements", "metrics", "evaluation"),
    *("hookspecs", "needed", "offered", "unknown", "handed", "promised", "boundary", "misspelt", "registry"),
    *("preparation", "runs", "testing", "present"),
    *(
        "answers",
        "preparing",
        "tables",
        "profile",
        "run",
        "api",
        "measuring",
        "run_diff",
        "streaming",
        "everyone",
        "everyone_listed",
    ),
    *("reproduce", "scaffold", "tuning", "serve", "cli", "__main__"),
)
# Imports against the order that are still to go, with the reason; this list may only shrink.
AGAINST_THE_ORDER: dict[tuple[str, str], str] = {}


def room(name: str) -> str | None:
    """The part of ORDER that a module belongs to; None for the package itself, whose names are imported when asked for."""
    parts = name.split(".")
    return parts[1] if parts[0] == "pyexplain" and len(parts) > 1 else None


def test_every_room_has_its_level() -> None:
    assert {room(module_name(path)) for path in FILES} - {None} <= set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    here, level = module_name(path), {name: place for place, name in enumerate(ORDER)}
    for name in import_graph()[here]:
        ours, theirs = room(here), room(name)
        if ours is not None and (here, name) not in AGAINST_THE_ORDER:
            assert theirs is not None, f"{here} imports the whole of pyexplain"
            assert level[theirs] <= level[ours], f"{here} imports {name}"
    for name in imported(path):
        assert not name.startswith("pyexplain.plugins"), "the core never imports a plugin"
        if name.split(".")[0] == "click":
            assert room(here) == "cli", "click outside the command line"
        if name.split(".")[0] == "pluggy":
            assert path.name in ("registry.py", "hookspecs.py"), "pluggy outside the registry"
        if name.endswith("._native"):
            assert room(here) == "ops", "the native module outside ops"


def test_no_module_reaches_itself() -> None:
    """Neither when it is loaded, nor inside a function, nor for type checkers."""
    assert circles(import_graph()) == []


def test_what_is_against_the_order_is_still_there() -> None:
    graph = import_graph()
    assert [pair for pair in AGAINST_THE_ORDER if pair[1] not in graph[pair[0]]] == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"d"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a", "c"}}) == []


def test_plugins_import_only_what_is_public() -> None:
    import pyexplain

    rooms = {name: getattr(pyexplain, name) for name in dir(pyexplain) if isinstance(getattr(pyexplain, name), ModuleType)}
    public = {"pyexplain": pyexplain.__all__} | {f"pyexplain.{name}": module.__all__ for name, module in rooms.items()}
    for path in sorted((ROOT / "plugins").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path.name} imports a neighbour"
                if (node.module or "").split(".")[0] == "pyexplain":
                    assert node.module in public, f"{path.name} imports {node.module}"
                    strange = [alias.name for alias in node.names if alias.name not in public[str(node.module)]]
                    assert not strange, f"{path.name} imports {strange}, which are not public"


def code_without_docs(path: Path) -> str:
    """String literals and names of a file, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs]
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)] + [
        n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)
    ]
    return "\n".join(strings + names)


# The command line may name the method that its demo trains; the controls' names are words of everyday use.
ALLOWED = {"cli/demo.py", "cli/common.py", "cli/explain.py", "cli/train.py", "cli/reproduce.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_names_no_method(path: Path) -> None:
    if str(path.relative_to(CORE)) in ALLOWED:
        return
    methods = {"ncf", "vbpr", "cer", "nar", "car", "cnr"}
    found = {word for word in re.findall(r"[a-z]+", code_without_docs(path).lower()) if word in methods}
    assert not found, f"names the methods {found}"


def test_methods_are_found_through_entry_points_alone() -> None:
    declared = {entry.value for entry in entry_points(group="pyexplain")}
    files = {f"pyexplain.plugins.{path.stem}" for path in (ROOT / "plugins").glob("*.py") if path.stem != "__init__"}
    assert files <= declared


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["train", "--help"]])
def test_help_imports_neither_torch_nor_pandas(words: list[str]) -> None:
    script = (
        "import sys\n"
        "from pyexplain.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'pandas', 'pluggy', 'numpy') if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
