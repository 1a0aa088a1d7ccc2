"""hidden_slopes against its twin."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import hidden_slopes

from .twins import twin


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "w"), [(0, 4), (1, 1), (7, 0), (300, 33), (40, 700)])
def test_margins_and_slopes_are_the_twins(n: int, w: int, dtype: torch.dtype) -> None:
    g = torch.Generator().manual_seed(w)
    start, readout = torch.randn(n, w, generator=g, dtype=dtype), torch.randn(w, generator=g, dtype=dtype)
    start[:, : w // 3] = 0  # the border: no slope
    (margin, slopes), (wanted, other) = hidden_slopes(start, readout), twin("hidden_slopes")(start, readout)
    torch.testing.assert_close(margin, wanted)
    assert torch.equal(slopes, other)


def test_slopes_are_the_gradient() -> None:
    start, readout = torch.randn(5, 9, dtype=torch.float64, requires_grad=True), torch.randn(9, dtype=torch.float64)
    (wanted,) = torch.autograd.grad(twin("hidden_slopes")(start, readout)[0].sum(), start)
    torch.testing.assert_close(hidden_slopes(start.detach(), readout)[1], wanted)


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    start, readout = torch.randn(500, 200), torch.randn(200)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = hidden_slopes(start, readout)
        torch.set_num_threads(threads)
        many = hidden_slopes(start, readout)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(one, many, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"readout: wanted shape \[3\], got \[4\]"):
        hidden_slopes(torch.zeros(2, 3), torch.zeros(4))
    with pytest.raises(TypeError, match="readout: wanted torch.float32"):
        hidden_slopes(torch.zeros(2, 3), torch.zeros(3, dtype=torch.float64))
    with pytest.raises(ValueError, match="contiguous"):
        hidden_slopes(torch.zeros(3, 2).T, torch.zeros(3))


def test_opcheck() -> None:
    torch.library.opcheck(torch.ops.pyexplain.hidden_slopes.default, (torch.randn(4, 6), torch.randn(6)))
