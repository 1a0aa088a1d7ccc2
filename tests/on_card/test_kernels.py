"""Every CUDA kernel on the card: what its twin gives on the processor, the same bits again, and on another stream."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops import solve_narrow
from pyexplain.ops.first_entries import run_first_entries
from pyexplain.ops.native import find_kernel
from pyexplain.ops.operators import OPERATORS
from tools.gpu.bench import distance
from tools.gpu.correct import LIMITS, WIDER, Make, Shape, problems
from tools.gpu.narrow import problems as narrow_problems

from ..emulated.emulation import DTYPES, kernel_names
from ..ops.examples import arguments, numbers
from ..ops.flips import WEIGHTS, assert_same_flips
from ..ops.twins import twin

CARD, HERE = torch.device("cuda:0"), torch.device("cpu")
NAMED = {one.name: one for one in OPERATORS}


def test_the_module_has_the_kernels_that_the_bindings_list() -> None:
    assert all(find_kernel(name, CARD, dtype) is not None for name in kernel_names() for dtype in DTYPES)


def run(name: str, dtype: torch.dtype) -> list[Tensor]:
    """Results and arguments after it, as they are on the processor."""
    kernel, mine = find_kernel(name, CARD, dtype), arguments(name, dtype, CARD)
    assert kernel is not None
    found = numbers([NAMED[name].native(kernel, *mine), mine])
    return [tensor.cpu() for tensor in found]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", kernel_names())
def test_the_twin_gives_what_the_kernel_gives(name: str, dtype: torch.dtype) -> None:
    near = {"rtol": 2e-3, "atol": 2e-3} if dtype == torch.float32 else {"rtol": 1e-4, "atol": 1e-5}
    found, other = run(name, dtype), arguments(name, dtype)
    with torch.cuda.stream(torch.cuda.Stream()):
        again = run(name, dtype)
    for a, b in zip(found, again, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
    for a, b in zip(found, numbers([twin(name)(*other), other]), strict=True):
        torch.testing.assert_close(a, b, **near)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("make", "shape"), list(problems(small=False)), ids=lambda value: str(getattr(value, "__name__", value)))
def test_real_sizes_are_as_on_the_processor_and_the_same_again(make: Make, shape: Shape, dtype: torch.dtype) -> None:
    here, there, again = (make(to, shape, dtype) for to in (HERE, CARD, CARD))
    for name, wanted in here.items():
        for a, b, c in zip(there[name], wanted, again[name], strict=True):
            assert distance(a, b) < LIMITS[dtype] * WIDER.get(name, 1), name
            assert torch.equal(a, c), name


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_flips_on_the_processor_flips_there(dtype: torch.dtype) -> None:
    wanted = solve_narrow(*narrow_problems(dtype, HERE), **WEIGHTS)  # type: ignore[arg-type]
    delta, margin = solve_narrow(*narrow_problems(dtype, CARD), **WEIGHTS)  # type: ignore[arg-type]
    assert_same_flips((delta.cpu(), margin.cpu()), wanted)


@pytest.mark.parametrize("dtype", DTYPES)
def test_long_rows_with_ties_are_sorted_as_by_a_stable_sort(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(1)
    scores = torch.randint(-40, 40, (70, 22_647), generator=generator).to(dtype) / 8
    columns = torch.cat([torch.randperm(22_647, generator=generator)[:30] for _ in range(70)])
    given = torch.arange(71) * 30, columns, 60
    wanted = run_first_entries.twin(scores.clone(), *given)
    found = run_first_entries(scores.to(CARD), given[0].to(CARD), columns.to(CARD), 60)
    assert all(torch.equal(a.cpu(), b) for a, b in zip(found, wanted, strict=True))
