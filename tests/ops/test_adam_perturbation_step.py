"""adam_perturbation_step against its twin."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import example as example_of
from hypothesis import given, settings
from hypothesis import strategies as st

from pyexplain.ops import AdamSettings, adam_perturbation_step
from pyexplain.ops.adam_perturbation_step import Perturbed

from .twins import twin

DTYPES = [torch.float32, torch.float64]


def example(n: int, p: int, seed: int, dtype: torch.dtype) -> dict[str, Any]:
    r = torch.Generator().manual_seed(seed)
    f = torch.rand(n, p, generator=r).to(dtype) * 5
    fixed = torch.rand(n, p, generator=r) < 0.2
    low, high = torch.where(fixed, 0, -f), torch.where(fixed, 0, 5 - f)
    delta = (torch.rand(n, p, generator=r).to(dtype) * 2 - 1).clamp(low, high)
    return {"delta": delta, "m": torch.zeros_like(f), "v": torch.zeros_like(f), "low": low, "high": high}


@given(st.integers(0, 20), st.integers(1, 600), st.integers(0, 10_000), st.sampled_from(DTYPES), st.floats(0, 2), st.floats(0, 2))
# gradients that were drawn near -3 gave a slope of 2e-7 here
@example_of(10, 304, 242, torch.float32, 1.2991070812904455, 1.2498823972590103)
@settings(max_examples=40, deadline=None)
def test_ten_steps_equal_the_twin(n: int, p: int, seed: int, dtype: torch.dtype, l1: float, l2: float) -> None:
    adam, state, r = AdamSettings(lr=0.05), example(n, p, seed, dtype), torch.Generator().manual_seed(seed)
    for step in range(1, 11):
        # at least 2 (1 + l1 + 4 l2), beyond what l1 and l2 add at |delta| <= 2: the slope is never near zero, where rounding
        # decides on the sign of Adam's first step
        drawn = torch.randn(n, p, generator=r)
        grad = (drawn + 2 * torch.sign(drawn)).to(dtype) * (1 + l1 + 4 * l2)
        # both from one state: an entry that crosses zero a rounding error earlier in one of them has another slope ever after
        mine, other = ({name: value.clone() for name, value in state.items()} for _ in range(2))
        adam_perturbation_step(**mine, grad=grad, l1=l1, l2=l2, step=step, settings=adam)
        twin("adam_perturbation_step")(Perturbed(**other, grad=grad), l1, l2, step, adam)
        assert ((mine["delta"] >= mine["low"]) & (mine["delta"] <= mine["high"])).all()
        for name in ("delta", "m", "v"):
            torch.testing.assert_close(mine[name], other[name], rtol=1e-4, atol=1e-4)
        state = other


def test_by_hand() -> None:
    # Adam's first step moves every entry by lr against its slope: 1 + l1 * sign + 2 * l2 * d; the second is held by its box
    state = {name: torch.zeros(1, 3) for name in ("m", "v")}
    delta, low, high = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[-1.0, 0.45, 0.0]]), torch.tensor([[1.0, 1.0, 0.0]])
    adam_perturbation_step(
        delta, **state, grad=torch.tensor([[-3.0, 1.0, 1.0]]), low=low, high=high, l1=1, l2=1, step=1, settings=AdamSettings(0.1)
    )
    assert delta[0].tolist() == pytest.approx([0.6, 0.45, 0.0], abs=1e-6)
    assert state["m"][0].tolist() == pytest.approx([-0.1, 0.3, 0.1], abs=1e-6)


def test_a_citizen_of_torch_with_the_same_bits_for_any_number_of_threads() -> None:
    e = example(3, 5, 0, torch.float64)
    raw = (
        e["delta"],
        e["m"],
        e["v"],
        torch.ones(3, 5, dtype=torch.float64),
        e["low"],
        e["high"],
        1.0,
        0.1,
        1,
        list(AdamSettings()),
    )
    torch.library.opcheck(torch.ops.pyexplain.adam_perturbation_step.default, raw)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            state = example(200, 325, 1, torch.float32)
            adam_perturbation_step(**state, grad=torch.ones(200, 325), l1=1, l2=0.1, step=1)
            results.append(state["delta"])
    finally:
        torch.set_num_threads(before)
    assert all(results[0].equal(other) for other in results[1:])


def test_misuse_is_refused() -> None:
    e = example(3, 5, 0, torch.float32)
    with pytest.raises(ValueError, match=r"grad: wanted shape \[3, 5\], got \[3, 4\]"):
        adam_perturbation_step(**e, grad=torch.ones(3, 4), l1=1, l2=1, step=1)
    with pytest.raises(ValueError, match="step = 0"):
        adam_perturbation_step(**e, grad=torch.ones(3, 5), l1=1, l2=1, step=0)
    with pytest.raises(ValueError, match="lr > 0"):
        adam_perturbation_step(**e, grad=torch.ones(3, 5), l1=1, l2=1, step=1, settings=AdamSettings(lr=0))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_gives_what_the_processor_gives() -> None:
    here = example(30, 325, 1, torch.float64)
    there = {name: value.cuda() for name, value in here.items()}
    adam_perturbation_step(**here, grad=torch.ones(30, 325).double(), l1=1, l2=0.1, step=1)
    adam_perturbation_step(**there, grad=torch.ones(30, 325).double().cuda(), l1=1, l2=0.1, step=1)
    torch.testing.assert_close(there["delta"].cpu(), here["delta"])
