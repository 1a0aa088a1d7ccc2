"""The whole solver as a kernel, on problems of the size of real ones: flags and margins of the processor, changes in the box."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import solve_narrow
from tools.gpu.narrow import problems

from ..ops.flips import WEIGHTS, assert_same_flips
from .emulation import DTYPES, SCHEDULES, emulated, emulated_kernel


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_flips_on_the_processor_flips_here(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, layer, low, high = problems(dtype, torch.device("cpu"))
    wanted = solve_narrow(chosen, layer, low, high, **WEIGHTS)  # type: ignore[arg-type]
    monkeypatch.setattr("pyexplain.ops.native.find_kernel", emulated_kernel)
    found = []
    for seed in SCHEDULES:
        emulated().schedule(seed)
        found.append(solve_narrow(chosen, layer, low, high, **WEIGHTS))  # type: ignore[arg-type]
    for again in found[1:]:
        assert all(map(torch.equal, found[0], again))
    assert_same_flips(found[0], wanted)
    delta, _ = found[0]
    assert bool(((delta >= low) & (delta <= high)).all())
