"""Every operator: one name in Python, C++ and CUDA, a kernel on the processor, and a twin that gives the same."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.ops.native import Kernel, find_kernel, native
from pyexplain.ops.operators import OPERATORS
from pyexplain.testing.worlds import small_world

from .examples import EXAMPLES, IN_TYPE, arguments, numbers
from .twins import twin

ROOT = Path(__file__).parents[2]
CSRC = ROOT / "csrc"
NAMES = [one.name for one in OPERATORS]
OF_NUMBERS = {"group_places", "group_rows"}
# on the processor others are faster: stages that take many rows at once, and a partial sort
ON_GPU_ALONE = {"solve_widening", "first_entries"}


def code(path: Path) -> str:
    return re.sub(r"//.*", "", path.read_text(encoding="utf-8"))


def included(path: Path) -> set[Path]:
    """What a native file includes of ours, directly or not."""
    found: set[Path] = set()
    for name in re.findall(r'#include "([^"]+)"', code(path)):
        near = [(folder / name).resolve() for folder in (path.parent, CSRC) if (folder / name).is_file()]
        found |= set(near[:1]) | (included(near[0]) if near else set())
    return found


def test_python_lists_what_the_module_has() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for table in ("cpu_float32", "cpu_float64"):
        has = {name for name in dir(getattr(native(), table)) if not name.startswith("__")}
        assert has | OF_NUMBERS | ON_GPU_ALONE == set(NAMES)
        assert not has & ON_GPU_ALONE
    assert {name for name in dir(native().cpu_int64) if not name.startswith("__")} == OF_NUMBERS


@pytest.mark.parametrize("operator", OPERATORS, ids=NAMES)
def test_one_name_in_three_places(operator: px.ops.native.Operator) -> None:  # type: ignore[type-arg]
    """pyexplain/ops/FILE.py, csrc/cpu/FILE.cpp and, where there is a kernel for it, csrc/cuda/FILE.cu; they include the one header
    of a theme that declares it, once for each device."""
    file = Path(inspect.getsourcefile(operator.native) or "").stem
    called = re.compile(rf"\b{operator.name}\(const \w+(<T>)?&")
    [header] = [path for path in CSRC.glob("*.hpp") if called.search(code(path))]
    sources = [path for path in (CSRC / "cpu" / f"{file}.cpp", CSRC / "cuda" / f"{file}.cu") if path.exists()]
    assert len(called.findall(code(header))) == sum(bool(called.search(code(path))) for path in sources)
    assert all(header in included(path) for path in sources)
    if operator.name not in ON_GPU_ALONE:
        assert called.search(code(CSRC / "cpu" / f"{file}.cpp"))
        assert f"cpu::{operator.name}" in code(CSRC / "bindings.cpp")
    on_gpu = f"cuda::{operator.name}<T>" in code(CSRC / "bindings.cpp")
    source = CSRC / "cuda" / f"{file}.cu"
    assert on_gpu == (source.exists() and bool(called.search(code(source))))
    if native().cuda_architectures:
        assert on_gpu == hasattr(native().cuda_float32, operator.name)


def test_no_native_file_without_an_operator() -> None:
    files = {Path(inspect.getsourcefile(one.native) or "").stem for one in OPERATORS}
    assert {path.stem for path in (CSRC / "cpu").glob("*.cpp")} - {"machine"} == files - ON_GPU_ALONE
    assert {path.stem for path in (CSRC / "cuda").glob("*.cu")} <= files


def test_every_operator_has_an_example() -> None:
    assert set(EXAMPLES) | set(IN_TYPE) == set(NAMES)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("operator", [one for one in OPERATORS if one.name not in ON_GPU_ALONE], ids=lambda one: one.name)
def test_the_twin_gives_what_the_kernel_gives(operator: px.ops.native.Operator, dtype: torch.dtype) -> None:  # type: ignore[type-arg]
    kernel = find_kernel(operator.name, torch.device("cpu"), torch.int64 if operator.name in OF_NUMBERS else dtype)
    assert kernel is not None
    mine, other = (arguments(operator.name, dtype) for _ in range(2))
    found, wanted = operator.native(kernel, *mine), twin(operator.name)(*other)
    near = {"rtol": 2e-3, "atol": 2e-3} if dtype == torch.float32 else {"rtol": 1e-4, "atol": 1e-5}
    if isinstance(wanted, int):
        assert found == wanted
    pairs = list(zip(numbers([found, mine]), numbers([wanted, other]), strict=True))
    assert pairs or isinstance(wanted, int)
    for a, b in pairs:
        torch.testing.assert_close(a, b, **near)


def _no_kernel(*arguments: object) -> Kernel | None:
    return None


@pytest.mark.parametrize("method", ["car", "cnr"])
def test_a_device_without_kernels_trains_scores_and_explains_alike(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores and explanations from the same weights; of trained models only the loss, since Adam makes much of a last bit."""
    data = small_world()
    settings = {"epochs": 2, "dim": 8, "warmup_epochs": 1, "patience": 0}
    run = px.train(data, explainer=method, settings=settings)
    pairs = data.train[:20]
    others = px.explainers.choose_against(run.recommender, data, pairs, 0)

    def results() -> tuple[np.ndarray, np.ndarray]:
        scores = run.recommender.scores(*torch.from_numpy(pairs.copy()).unbind(1)).numpy()
        return scores, run.explainer().explain(pairs, others).weights.values

    kernels = results()
    monkeypatch.setattr("pyexplain.ops.native.find_kernel", _no_kernel)
    for mine, other in zip(results(), kernels, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-4)
    again = px.train(data, explainer=method, settings=settings)
    assert again.history[-1]["loss"] == pytest.approx(run.history[-1]["loss"], rel=0.05)


def test_no_caller_asks_for_the_device() -> None:
    for folder in ("pyexplain", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            assert "is_cuda" not in path.read_text(encoding="utf-8"), f"{path} chooses by hand what an operator chooses"
