"""Every CUDA kernel, run on the processor under three schedules: the same bits, and what its twin gives."""

from __future__ import annotations

import os
from typing import Any

import pytest
import torch
from torch import Tensor

from pyexplain.ops.operators import OPERATORS
from tools.gpu.bench import distance
from tools.gpu.correct import LIMITS, WIDER, Make, Shape, problems

from ..ops.examples import arguments, numbers
from ..ops.twins import twin
from .emulation import DTYPES, SCHEDULES, emulated, emulated_kernel, kernel_names

HERE = torch.device("cpu")
NAMED = {one.name: one for one in OPERATORS}


def test_the_module_has_what_the_bindings_list() -> None:
    for table in ("cuda_float32", "cuda_float64"):
        assert {name for name in dir(getattr(emulated(), table)) if not name.startswith("__")} == set(kernel_names())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", kernel_names())
def test_the_twin_gives_what_the_kernel_gives(name: str, dtype: torch.dtype) -> None:
    operator, kernel = NAMED[name], emulated_kernel(name, HERE, dtype)
    assert kernel is not None
    near = {"rtol": 2e-3, "atol": 2e-3} if dtype == torch.float32 else {"rtol": 1e-4, "atol": 1e-5}
    found = []
    for seed in SCHEDULES:
        emulated().schedule(seed)
        mine = arguments(name, dtype)
        found.append(numbers([operator.native(kernel, *mine), mine]))
    other = arguments(name, dtype)
    _same_bits(found)
    for a, b in zip(found[0], numbers([twin(name)(*other), other]), strict=True):
        torch.testing.assert_close(a, b, **near)


def _same_bits(found: list[list[Tensor]]) -> None:
    for again in found[1:]:
        for a, b in zip(found[0], again, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("make", "shape"), list(problems(small=True)), ids=lambda value: str(getattr(value, "__name__", value)))
def test_rows_longer_than_a_block_are_as_on_the_processor(
    make: Make, shape: Shape, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes of tools/gpu, with the limits that it has for a card; with AddressSanitizer, which takes long, in one order."""
    here = make(HERE, shape, dtype)
    monkeypatch.setattr("pyexplain.ops.native.find_kernel", emulated_kernel)
    found: list[dict[str, Any]] = []
    for seed in SCHEDULES[:1] if "PYEXPLAIN_EMULATED" in os.environ else SCHEDULES:
        emulated().schedule(seed)
        found.append(make(HERE, shape, dtype))
    for name, wanted in here.items():
        _same_bits([one[name] for one in found])
        for a, b in zip(found[0][name], wanted, strict=True):
            assert distance(a, b) < LIMITS[dtype] * WIDER.get(name, 1), name
