"""The whole solver as a kernel, on problems of the size of real ones: flags and margins of the processor, changes in the box."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import solve_narrow
from tools.gpu.narrow import ROWS, problems

from .emulation import DTYPES, SCHEDULES, emulated, emulated_kernel


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_flips_on_the_processor_flips_here(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, layer, low, high = problems(dtype, torch.device("cpu"))
    weights = {"l1": 1.0, "l2": 0.1, "gamma": 0.05, "steps": 25}
    wanted, reached = solve_narrow(chosen, layer, low, high, **weights)  # type: ignore[arg-type]
    monkeypatch.setattr("pyexplain.ops.native.find_kernel", emulated_kernel)
    found = []
    for seed in SCHEDULES:
        emulated().schedule(seed)
        found.append(solve_narrow(chosen, layer, low, high, **weights))  # type: ignore[arg-type]
    for again in found[1:]:
        assert all(map(torch.equal, found[0], again))
    delta, margin = found[0]
    flips = reached < 0
    assert 5 < flips.sum() < ROWS
    assert torch.equal(margin < 0, flips)
    near = 2e-3 if dtype == torch.float32 else 1e-9
    torch.testing.assert_close(margin, reached, rtol=near, atol=near)
    torch.testing.assert_close(delta, wanted, rtol=5 * near, atol=5 * near)
    assert bool(((delta >= low) & (delta <= high)).all())
