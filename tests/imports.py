"""Who imports whom in pyexplain/: read from the sources, with imports inside functions and those for type checkers."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

CORE = Path(__file__).parents[1] / "pyexplain"
FILES = sorted(path for path in CORE.rglob("*.py") if "templates" not in path.parts)


def module_name(path: Path) -> str:
    """ "pyexplain.data.types" of its file; a package goes by its own name."""
    parts = ["pyexplain", *path.relative_to(CORE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Everything that a file imports, as absolute names: of `from x import y` both x and x.y."""
    package = ["pyexplain", *path.relative_to(CORE).parts[:-1]]
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names += [stem, *(f"{stem}.{alias.name}" for alias in node.names)]
    return tuple(names)


@cache
def import_graph() -> dict[str, set[str]]:
    """Module -> the modules of pyexplain that it imports by name.

    `from .data import types` asks for the module data.types, and `from .data.types import Dataset` for data.types: that Python
    also runs the package's __init__ is no edge, unless a name of the package itself is taken.
    """
    known = {module_name(path): path for path in FILES}
    graph = {}
    for name, path in known.items():
        found = imported(path)
        modules = {one for one in found if one in known}
        packages = {one for one in modules if any(other.startswith(f"{one}.") for other in modules)}
        taken = {one for one in packages if any(f.rpartition(".")[0] == one and f not in known for f in found)}
        graph[name] = (modules - packages | taken) - {name}
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The sets of two or more modules that reach each other (strongly connected components, Tarjan, SIAM J. Comput. 1972)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in graph.get(module, ()):
            if other not in number:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], number[other])
        if lowest[module] == number[module]:
            at = stack.index(module)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for module in graph:
        if module not in number:
            visit(module)
    return found
