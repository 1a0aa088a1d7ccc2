"""bpr_loss against its twin, at its extremes, and as a citizen of torch."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain.ops import bpr_loss

from .twins import twin

DTYPES = [torch.float32, torch.float64]


def example(n: int, seed: int, dtype: torch.dtype, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    r = torch.Generator().manual_seed(seed)
    scores = torch.randn(2 * n, generator=r, dtype=dtype) * scale
    sign = torch.where(torch.rand(n, generator=r) < 0.5, -1.0, 1.0).to(dtype)
    return scores, sign, torch.rand(n, generator=r).to(dtype)


@given(st.integers(0, 700), st.integers(0, 10_000), st.sampled_from(DTYPES), st.floats(0, 300), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_it_equals_its_twin(n: int, seed: int, dtype: torch.dtype, scale: float, signed: bool, weighted: bool) -> None:
    scores, sign, weight = example(n, seed, dtype, scale)
    extra = {"sign": sign if signed else None, "weight": weight if weighted else None}
    for mine, other in zip(bpr_loss(scores, **extra), twin("bpr_loss")(scores, **extra), strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("dtype", DTYPES)
def test_margins_of_any_size(dtype: torch.dtype) -> None:
    # margins 1000 and -1000: the first costs nothing, the second its size; the slopes are 0 and 1, halved by the mean
    loss, gradient = bpr_loss(torch.tensor([1000.0, -1000.0, 0.0, 0.0], dtype=dtype))
    assert float(loss) == pytest.approx(500.0)
    assert gradient.tolist() == pytest.approx([0.0, -0.5, 0.0, 0.5])
    loss, _ = bpr_loss(torch.zeros(2, dtype=dtype))
    assert float(loss) == pytest.approx(math.log(2))


def test_a_citizen_of_torch() -> None:
    scores, sign, weight = example(6, 1, torch.float64)
    scores.requires_grad_()
    torch.library.opcheck(torch.ops.pyexplain.bpr_loss.default, (scores, sign, weight))
    torch.library.opcheck(torch.ops.pyexplain.bpr_loss.default, (scores, None, None))
    assert torch.autograd.gradcheck(lambda s: bpr_loss(s, sign, weight)[0], (scores,))
    compiled = torch.compile(lambda s: bpr_loss(s * 2)[0], fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(scores), bpr_loss(scores * 2)[0])


def test_gradients_are_the_same_past_the_dispatcher() -> None:
    scores, sign, weight = example(50, 3, torch.float32)
    found = []
    for operator in (bpr_loss, torch.ops.pyexplain.bpr_loss):
        leaf = scores.clone().requires_grad_()
        (3 * operator(leaf, sign, weight)[0]).backward()
        found.append(leaf.grad)
    assert torch.equal(*found)
    assert not bpr_loss(leaf, sign, weight)[1].requires_grad


def test_the_same_bits_for_any_number_of_threads() -> None:
    scores, before, results = example(20_000, 2, torch.float32)[0], torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            results.append(torch.cat([part.flatten() for part in bpr_loss(scores)]))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(results[0], other) for other in results[1:])


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="scores: wanted an even number, preferred ones and then others, got 3"):
        bpr_loss(torch.zeros(3))
    with pytest.raises(ValueError, match=r"sign: wanted shape \[2\], got \[4\]"):
        bpr_loss(torch.zeros(4), sign=torch.ones(4))
    with pytest.raises(TypeError, match=r"weight: wanted torch.float32, got torch.float64"):
        bpr_loss(torch.zeros(4), weight=torch.ones(2, dtype=torch.float64))
    with pytest.raises(ValueError, match="scores: wanted a contiguous tensor"):
        bpr_loss(torch.zeros(8)[::2])
