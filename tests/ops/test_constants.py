"""The solver in C++ and the one in plain torch work with the same numbers."""

from __future__ import annotations

import ast
from importlib.resources import files

import pyexplain.explainers.descent as descent
import pyexplain.explainers.linearized as linearized
import pyexplain.explainers.problem as problem
from pyexplain.ops.native import native


def test_the_twins_share_their_constants() -> None:
    ours = {
        name: getattr(module, name)
        for module in (problem, linearized, descent)
        for name in native().solver_constants
        if hasattr(module, name)
    }
    assert ours == native().solver_constants


def test_the_stub_names_what_the_module_has() -> None:
    """Functions by type have one generic entry; everything else of the module is in the stub, and the other way round."""
    stub = ast.parse(files("pyexplain.ops").joinpath("_native.pyi").read_text(encoding="utf-8"))
    named = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    named |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    found = {name for name in dir(native()) if not name.startswith("__") and not name.endswith(("_float32", "_float64"))}
    assert found == named - {"__getattr__"}
