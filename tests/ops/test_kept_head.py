"""kept_head: what dropout kept is multiplied, and nothing else is missing; the choice between it and dense products."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain import UsageError
from pyexplain.ops import HeadPasses, head_passes
from pyexplain.ops.dropout import Drawn
from pyexplain.ops.head_passes import FEWEST, RATE, multiplies_kept
from pyexplain.ops.kept_head import KeptRoom, run_kept_head, run_kept_head_backward
from pyexplain.ops.native import native


def parameters(k: int, h: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    return [torch.randn(shape, dtype=dtype) / 8 for shape in ((h, k), (h,), (h,), ())]


def both_ways(room: KeptRoom, x: Tensor, drawn: Drawn, grad: Tensor, twin: bool = False) -> list[Tensor]:
    """Scores, and the gradients of W1, b1, w2 and x."""
    scores, out = torch.empty_like(grad), [torch.empty_like(p) for p in (room.W1, room.b1, room.w2, x)]
    if twin:
        run_kept_head.twin(x, drawn, room, scores)
        run_kept_head_backward.twin(grad, room, *out)
    else:
        run_kept_head(x, drawn, room, scores)
        run_kept_head_backward(grad, room, *out)
    return [scores, *out]


def far_from_zero(room: KeptRoom, x: Tensor, drawn: Drawn) -> bool:
    """Whether no hidden unit is so near to 0 that the order of a sum decides on which side it is, and so whether it has a slope."""
    mask = torch.ones_like(x)
    drawn.drop(mask)
    units = (x * mask).double() @ room.W1.t().double() + room.b1.double()
    return not units.numel() or bool(units.abs().min() > (1e-5 if x.dtype == torch.float32 else 1e-13))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=3),
    st.integers(1, 150),
    st.integers(1, 300),
    st.sampled_from([0.0, 0.3, 0.5, 0.8, 0.99]),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(0, 2**31),
)
def test_any_shape_gives_what_the_twin_gives(sizes: list[int], k: int, h: int, p: float, dtype: torch.dtype, seed: int) -> None:
    torch.manual_seed(seed)
    room, n = KeptRoom(*parameters(k, h, dtype)), 2 * sum(sizes)
    drawn = Drawn(p, [seed + 2**40 * t for t in range(len(sizes))], sizes)
    for x in (torch.randn(n, k, dtype=dtype), torch.randn(n, k, dtype=dtype)):  # the second time in memory that was used before
        assume(far_from_zero(room, x, drawn))
        grad, before = torch.randn(n, dtype=dtype), x.clone()
        found, wanted = both_ways(room, x, drawn, grad), both_ways(room, x, drawn, grad, twin=True)
        assert torch.equal(x, before)
        for one, other in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-12)


def test_gradients_are_autograds() -> None:
    """Through a mask of the same draws, and 0 where it is 0; what is kept and happens to be 0 has a gradient."""
    torch.manual_seed(0)
    made, drawn, x = parameters(70, 40), Drawn(0.6, [11, 2**62], [30, 7]), torch.randn(74, 70, dtype=torch.float64)
    x[:, 3] = 0
    mask = torch.ones_like(x)
    drawn.drop(mask)
    leaves = [t.clone().requires_grad_() for t in (*made, x)]
    W1, b1, w2, b2, at = leaves
    scores = torch.relu((at * mask) @ W1.t() + b1) @ w2 + b2
    grad = torch.randn(74, dtype=torch.float64)
    to_W1, to_b1, to_w2, _, to_x = torch.autograd.grad(scores, leaves, grad)
    found = both_ways(KeptRoom(*made), x, drawn, grad)
    for one, other in zip(found, (scores.detach(), to_W1, to_b1, to_w2, to_x), strict=True):
        torch.testing.assert_close(one, other)
    assert bool((found[4][:, 3] != 0).any())
    assert bool((found[4][mask == 0] == 0).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "k", "h"), [(1024, 700, 350), (330, 129, 70)])
def test_same_bits_for_any_number_of_threads(n: int, k: int, h: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    made, x, grad = parameters(k, h, dtype), torch.randn(n, k, dtype=dtype), torch.randn(n, dtype=dtype)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(both_ways(KeptRoom(*made), x, Drawn(0.8, [5], [n // 2]), grad))
    finally:
        torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_a_head_gives_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    made, x, grad, found = parameters(60, 50), torch.randn(40, 60, dtype=torch.float64), torch.randn(40, dtype=torch.float64), []
    for choice in ("kept", "dense"):
        monkeypatch.setenv("PYEXPLAIN_DROPOUT", choice)
        head = HeadPasses(*made)
        found.append([head.forward(x.clone(), Drawn(0.7, [3], [20])), *head.backward(grad)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def test_the_choice_is_the_processors_the_rates_and_the_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYEXPLAIN_DROPOUT", raising=False)
    wide = native().instruction_set() in head_passes.WIDE
    W1 = torch.zeros(64, 128)
    enough = FEWEST // W1.numel()
    assert multiplies_kept(RATE, enough, W1) == wide
    assert not multiplies_kept(RATE - 0.01, enough, W1)
    assert not multiplies_kept(RATE, enough - 1, W1)
    assert not multiplies_kept(RATE, enough, W1.to("meta"))


def test_an_unknown_choice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYEXPLAIN_DROPOUT", "sparse")
    with pytest.raises(UsageError, match="auto, kept, dense"):
        multiplies_kept(0.8, 1, torch.zeros(1, 1))
