"""Names of a package that are imported when first used. The stub beside the package (`__init__.pyi`) is the only list of them.

So type checkers, `dir`, `help` and `from package import name` cannot disagree, and nothing is imported before it is needed.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of the package whose `__init__.py` is `file`, out of its stub.

    Each line `from .module import name as name` of the stub is a name that is offered, `from . import module as module` a module.
    """
    homes = read_stub(package, Path(file).with_suffix(".pyi"))

    class Package(ModuleType):
        """The import system binds each module to its package; one of the same name must not hide what the package offers."""

        def __setattr__(self, name: str, value: object) -> None:
            if not (isinstance(value, ModuleType) and not callable(value) and homes.get(name, ("", ""))[1]):
                super().__setattr__(name, value)

    sys.modules[package].__class__ = Package

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, inner = homes[name]
        return getattr(importlib.import_module(module), inner) if inner else importlib.import_module(module)

    return find, lambda: sorted(homes), sorted(homes)


def read_stub(package: str, path: Path) -> dict[str, tuple[str, str]]:
    """Name -> (absolute module, the name there; "" where the module itself is meant)."""
    homes = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package.rsplit(".", node.level - 1)[0]
            for alias in node.names:
                module = f"{base}.{node.module or alias.name}"
                homes[alias.asname or alias.name] = (module, alias.name if node.module else "")
    return homes
