"""Two solvers' answers to the problems of tools/gpu/narrow.py, compared."""

from __future__ import annotations

import torch
from torch import Tensor

from tools.gpu.narrow import ROWS

WEIGHTS = {"l1": 1.0, "l2": 0.1, "gamma": 0.05, "steps": 25}


def assert_same_flips(found: tuple[Tensor, Tensor], wanted: tuple[Tensor, Tensor]) -> None:
    """delta and margin of one beside those of the other: some rows flip and some do not, the same ones, by nearly the same."""
    (delta, margin), (change, reached) = found, wanted
    flips = reached < 0
    assert 5 < flips.sum() < ROWS
    assert torch.equal(margin < 0, flips)
    near = 2e-3 if reached.dtype == torch.float32 else 1e-9
    torch.testing.assert_close(margin, reached, rtol=near, atol=near)
    torch.testing.assert_close(delta, change, rtol=5 * near, atol=5 * near)
