"""The house: who may import whom, that the core names no method, and that nothing is imported too early."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "pyexplain"
LAYERS = {
    "data": 0,
    "ops": 0,
    "metrics": 1,
    "evaluation": 1,
    "explainers": 1,
    "margin": 1,
    "recommenders": 1,
    "readers": 1,
    "extraction": 1,
    "statements": 2,
    "preparation": 2,
    "reviews": 2,
    "present": 3,
    "reproduce": 3,
    "testing": 3,
    "cli": 4,
}
BEHIND = {
    "margin": {"explainers", "evaluation"},
    "recommenders": {"margin"},
}  # rooms of one level that do not know each other both ways
FILES = sorted(path for path in CORE.rglob("*.py"))


def imported(path: Path) -> list[str]:
    """Modules that a file imports, as absolute names."""
    package = ["pyexplain", *path.relative_to(CORE).parts[:-1]]
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names += [stem, *(f"{stem}.{alias.name}" for alias in node.names)]
    return names


def room(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "pyexplain" and parts[1] in LAYERS else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    here = room(".".join(["pyexplain", *path.relative_to(CORE).parts]))
    for name in imported(path):
        there = room(name)
        if here and there:
            assert LAYERS[there] <= LAYERS[here], f"{here} imports {name}"
            assert there not in BEHIND.get(here, ()), f"{here} imports {name}"
        assert not name.startswith("pyexplain.plugins"), "the core never imports a plugin"
        if name.split(".")[0] == "click":
            assert here == "cli", "click outside the command line"
        if name.split(".")[0] == "pluggy":
            assert path.name in ("registry.py", "hookspecs.py"), "pluggy outside the registry"
        if name.endswith("._native"):
            assert here == "ops", "the native module outside ops"


def test_plugins_import_only_what_is_public() -> None:
    import pyexplain
    import pyexplain.metrics
    import pyexplain.readers

    rooms = (pyexplain, pyexplain.metrics, pyexplain.readers)
    public = {room.__name__: room.__all__ for room in rooms}
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
