"""row_softmax: torch's shares, the derivatives of them, and the same bits for any number of threads."""

from __future__ import annotations

import pytest
import torch

from pyexplain.ops import row_softmax


def test_shares_and_both_derivatives() -> None:
    x = torch.randn(5, 7, dtype=torch.float64, requires_grad=True)
    assert torch.equal(row_softmax(x), torch.softmax(x, dim=1))
    assert torch.autograd.gradcheck(row_softmax, x)
    assert torch.autograd.gradgradcheck(row_softmax, x)


def test_gradient_by_torch_func() -> None:
    x, weight = torch.randn(4, 6), torch.randn(4, 6)
    ours, theirs = (torch.func.grad(lambda x, f=f: (f(x) * weight).sum())(x) for f in (row_softmax, lambda x: torch.softmax(x, 1)))
    torch.testing.assert_close(ours, theirs)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"wanted shape \[any, any\], got \[3\]"):
        row_softmax(torch.zeros(3))


@pytest.mark.parametrize("width", [33, 150, 1000])
def test_same_bits_for_any_number_of_threads(width: int) -> None:
    torch.manual_seed(0)
    before, x, weight, found = torch.get_num_threads(), torch.randn(1024, width, requires_grad=True), torch.randn(1024, width), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(torch.autograd.grad(row_softmax(x), x, weight)[0])
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0], other) for other in found[1:])
