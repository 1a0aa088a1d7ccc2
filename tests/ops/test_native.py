"""The native module: what its stub says of it, what it refuses; and the solver's constants, the same in C++ and in plain torch."""

from __future__ import annotations

import ast
from importlib.resources import files

import pytest
import torch

import pyexplain.explainers.counterfactual.linear as linear
import pyexplain.explainers.counterfactual.problem as problem
from pyexplain.errors import RunError
from pyexplain.ops.native import LARGE, in_large_pages, native


def test_the_twins_share_their_constants() -> None:
    ours = {
        name: getattr(module, name) for module in (problem, linear) for name in native().solver_constants if hasattr(module, name)
    }
    assert ours == native().solver_constants


def test_the_stub_names_what_the_module_has() -> None:
    stub = ast.parse(files("pyexplain.ops").joinpath("_native.pyi").read_text(encoding="utf-8"))
    kinds = {node.name: _attributes(node.body) for node in stub.body if isinstance(node, ast.ClassDef)}
    named = _attributes(stub.body)
    tables = {name: set(kinds[kind]) for name, kind in named.items() if kind in kinds}
    if not native().cuda_architectures:
        tables = {name: operators for name, operators in tables.items() if not name.startswith("cuda")}
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    plain = {name for name, kind in named.items() if kind not in kinds}
    assert _public(native()) == functions | plain | set(tables)
    for name, operators in tables.items():
        assert _public(getattr(native(), name)) == operators, name


def _attributes(body: list[ast.stmt]) -> dict[str, str]:
    """Names that have a type, and their types."""
    return {ast.unparse(node.target): ast.unparse(node.annotation) for node in body if isinstance(node, ast.AnnAssign)}


def _public(of: object) -> set[str]:
    return {name for name in dir(of) if not name.startswith("__")}


def test_a_module_of_other_sources_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native(), "interface", -1)
    with pytest.raises(RunError, match="built from other sources"):
        native()


def test_a_kernel_refuses_fields_that_are_missing_or_unknown() -> None:
    given = {"start": 0, "readout": 0, "margin": 0, "slopes": 0, "n": 0, "w": 4}
    native().cpu_float32.hidden_slopes(**given)
    with pytest.raises(TypeError, match="without w"):
        native().cpu_float32.hidden_slopes(**{name: value for name, value in given.items() if name != "w"})
    with pytest.raises(TypeError, match="names that it does not know"):
        native().cpu_float32.hidden_slopes(**given, h=2)


@pytest.mark.parametrize("size", [3, LARGE // 4 - 1, LARGE // 4, LARGE])
def test_large_pages_hold_what_small_ones_did(size: int) -> None:
    numbers = torch.arange(size, dtype=torch.float32)
    assert in_large_pages(numbers) is numbers
    assert torch.equal(numbers, torch.arange(size, dtype=torch.float32))
    assert not native().large_pages(numbers.data_ptr(), 100)  # no large page fits
