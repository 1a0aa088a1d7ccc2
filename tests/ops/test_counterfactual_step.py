"""Each operator against its plain-torch twin, against other solvers, and against misuse."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import Tensor

from pyexplain.ops import INFEASIBLE, SOLVED, adversarial_step, counterfactual_step, native_info

from .twins import twin

DTYPES = [torch.float32, torch.float64]
Problem = tuple[Tensor, Tensor, Tensor, Tensor]


def problem(n: int, p: int, seed: int, dtype: torch.dtype) -> Problem:
    """g, c, low, high of the kind that real users give: most features at 0, some immutable, some goals out of reach."""
    r = torch.Generator().manual_seed(seed)
    f = torch.where(torch.rand(n, p, generator=r) < 0.2, torch.rand(n, p, generator=r) * 5, 0.0)
    fixed = torch.rand(n, p, generator=r) < 0.1
    g = torch.randn(n, p, generator=r) * torch.rand(n, 1, generator=r)
    low, high = torch.where(fixed, 0.0, -f), torch.where(fixed, 0.0, 5 - f)
    c = -torch.rand(n, generator=r) * 3 * p**0.5 + 0.2
    return g.to(dtype), c.to(dtype), low.to(dtype), high.to(dtype)


@given(
    st.integers(0, 40), st.integers(1, 600), st.integers(0, 10_000), st.sampled_from(DTYPES), st.floats(0, 2), st.floats(0.01, 2)
)
@settings(max_examples=80, deadline=None)
def test_counterfactual_step_equals_its_twin(n: int, p: int, seed: int, dtype: torch.dtype, l1: float, l2: float) -> None:
    g, c, low, high = problem(n, p, seed, dtype)
    mine, other = (f(g, c, low, high, l1, l2) for f in (counterfactual_step, twin("counterfactual_step")))
    near = {"rtol": 2e-3, "atol": 2e-3} if dtype == torch.float32 else {"rtol": 1e-4, "atol": 1e-5}
    # a goal within rounding of what the box allows may be called either way
    reach = (torch.where(g > 0, low, high) * g).sum(dim=1)
    clear = (reach - c).abs() > 1e-4 * (1 + c.abs())
    torch.testing.assert_close(mine[3][clear], other[3][clear])
    torch.testing.assert_close(mine[1], other[1], **near)
    solved = (mine[3] == SOLVED) & (c < 0)
    assert ((g * mine[0]).sum(dim=1)[solved] <= c[solved] + 1e-3 * (1 + c[solved].abs())).all()
    assert ((mine[0] >= low) & (mine[0] <= high)).all()


@pytest.mark.parametrize("p", [1, 7, 325, 1462, 5000])
def test_counterfactual_step_on_the_sizes_of_real_data(p: int) -> None:
    args = problem(16, p, p, torch.float64)
    mine, other = (f(*args, 1.0, 0.1) for f in (counterfactual_step, twin("counterfactual_step")))
    torch.testing.assert_close(mine[1], other[1], rtol=1e-4, atol=1e-5)


def test_counterfactual_step_against_a_generic_convex_solver() -> None:
    l1, l2 = 1.0, 0.1
    checked = 0
    for seed in range(200):
        g, c, low, high = problem(1, 2 + seed % 9, seed, torch.float64)
        _, cost, _, flag = counterfactual_step(g, c, low, high, l1, l2)
        if flag[0] == INFEASIBLE:
            continue
        # d = up - down with up, down >= 0 makes the L1 norm smooth
        G, lo, hi = g[0].numpy(), low[0].numpy(), high[0].numpy()
        n = len(G)

        def objective(x: np.ndarray, n: int = n) -> float:
            return float(l1 * x.sum() + l2 * ((x[:n] - x[n:]) ** 2).sum())

        limit = {"type": "ineq", "fun": lambda x, n=n, G=G, c=float(c): c - G @ (x[:n] - x[n:])}
        bounds = [(0, h) for h in hi] + [(0, -v) for v in lo]
        start = np.concatenate([np.where(G < 0, hi, 0), np.where(G > 0, -lo, 0)])
        found = minimize(
            objective, start, bounds=bounds, constraints=[limit], method="SLSQP", options={"maxiter": 500, "ftol": 1e-12}
        )
        if found.success:
            checked += 1
            assert float(cost) <= found.fun + 1e-4 * (1 + found.fun), f"seed {seed}"
            assert float(cost) >= found.fun - 1e-4 * (1 + found.fun), f"seed {seed}"
    assert checked > 100


def test_counterfactual_step_by_hand() -> None:
    # one entry: l2 d^2 + l1 |d| with g d <= c is met at d = c / g = -2; the other may not change
    g, c = torch.tensor([[1.0, 5.0]]), torch.tensor([-2.0])
    low, high = torch.tensor([[-3.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    delta, cost, multiplier, flags = counterfactual_step(g, c, low, high, 1.0, 0.1)
    assert delta[0].tolist() == pytest.approx([-2.0, 0.0], abs=1e-4)
    assert float(cost) == pytest.approx(2 + 0.4, abs=1e-3)
    assert float(multiplier) == pytest.approx(1 + 2 * 0.1 * 2, abs=1e-3)
    assert flags.tolist() == [SOLVED]
    delta, _, _, flags = counterfactual_step(g, torch.tensor([-4.0]), low, high, 1.0, 0.1)
    assert flags.tolist() == [INFEASIBLE]
    assert delta[0].tolist() == [-3.0, 0.0], "the corner that comes nearest"
    delta, cost, _, _ = counterfactual_step(g, torch.tensor([0.5]), low, high, 1.0, 0.1)
    assert delta.abs().sum() == 0
    assert float(cost) == 0


@given(st.integers(0, 30), st.integers(0, 400), st.integers(0, 10_000), st.sampled_from(DTYPES), st.floats(1e-3, 10))
@settings(max_examples=60, deadline=None)
def test_adversarial_step_equals_its_twin(n: int, p: int, seed: int, dtype: torch.dtype, radius: float) -> None:
    r = torch.Generator().manual_seed(seed)
    g = torch.randn(n, p, generator=r, dtype=dtype) * 10.0 ** torch.randint(-25, 3, (n, 1), generator=r)
    if n:
        g[0] = 0
    mine = adversarial_step(g, radius)
    torch.testing.assert_close(mine, twin("adversarial_step")(g, radius), rtol=1e-5, atol=1e-6 * radius)
    length = mine.norm(dim=1)
    moved = (g != 0).any(dim=1)
    torch.testing.assert_close(length, torch.where(moved, radius, 0.0).to(dtype), rtol=1e-4, atol=1e-6)


def test_adversarial_step_keeps_the_largest_entries() -> None:
    delta = adversarial_step(torch.tensor([[3.0, -4.0, 0.1]]), 5.0, top_k=2)
    assert delta[0].tolist() == pytest.approx([3.0, -4.0, 0.0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_operators_are_citizens_of_torch(dtype: torch.dtype) -> None:
    args = problem(3, 5, 0, dtype)
    torch.library.opcheck(torch.ops.pyexplain.counterfactual_step.default, (*args, 1.0, 0.1))
    torch.library.opcheck(torch.ops.pyexplain.adversarial_step.default, (args[0], 0.5))


def test_operators_compile_whole() -> None:
    def both(g: Tensor, c: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return counterfactual_step(g, c, low, high, 1.0, 0.1)[0] + adversarial_step(g, 0.5)

    args = problem(4, 9, 1, torch.float32)
    torch.testing.assert_close(torch.compile(both, fullgraph=True, backend="aot_eager")(*args), both(*args))


@pytest.mark.parametrize("call", [lambda a: counterfactual_step(*a, 1.0, 0.1)[0], lambda a: adversarial_step(a[0], 0.5)])
def test_the_same_bits_for_any_number_of_threads(call: Callable[[Problem], Tensor]) -> None:
    args, before = problem(513, 325, 2, torch.float32), torch.get_num_threads()
    results = []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            assert native_info().threads == threads, "one OpenMP runtime, shared with torch"
            results.append(call(args))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(results[0], other) for other in results[1:])


def test_one_openmp_runtime_is_loaded() -> None:
    """In a process of its own: other libraries that tests load may bring runtimes of theirs."""
    script = "import torch; from pyexplain.ops import native_info; print(len(native_info().openmp_runtimes))"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip() == "1"


def test_the_interpreter_is_free_while_native_code_runs() -> None:
    args = problem(20_000, 325, 3, torch.float32)
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        began = time.perf_counter()
        counterfactual_step(*args, 1.0, 0.1)
        ended = time.perf_counter()
    finally:
        done.set()
        thread.join()
    assert sum(began < t < ended for t in ticks) >= 3, f"no tick in {ended - began:.3f} s: the GIL was held"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda a: (a[0].half(), *a[1:]), TypeError, "g: wanted torch.float32 or torch.float64, got torch.float16"),
        (lambda a: (a[0], a[1].double(), *a[2:]), TypeError, "c: wanted torch.float32, got torch.float64"),
        (lambda a: (a[0], a[1][:2], *a[2:]), ValueError, r"c: wanted shape \[3\], got \[2\]"),
        (lambda a: (a[0], a[1], a[2][:, :4], a[3]), ValueError, r"low: wanted shape \[3, 5\], got \[3, 4\]"),
        (lambda a: (a[0], a[1], a[2], a[3].T.contiguous().T), ValueError, "high: wanted a contiguous tensor, got strides"),
        (lambda a: (a[0].to("meta"), *a[1:]), ValueError, "g: wanted a tensor on cpu or cuda, got one on meta"),
        (lambda a: (a[0][0], *a[1:]), ValueError, r"g: wanted shape \[any, any\], got \[5\]"),
        (lambda a: ([1.0], *a[1:]), TypeError, "g: wanted a tensor, got list"),
    ],
)
def test_misuse_is_refused_with_what_was_wanted_and_what_came(
    change: Callable[[Problem], Problem], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        counterfactual_step(*change(problem(3, 5, 0, torch.float32)), 1.0, 0.1)


def test_impossible_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="l2 = 0"):
        counterfactual_step(*problem(1, 2, 0, torch.float32), 1.0, 0)
    with pytest.raises(ValueError, match="radius: wanted a positive number, got 0"):
        adversarial_step(torch.ones(1, 2), 0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_gives_what_the_processor_gives() -> None:
    args = problem(200, 325, 4, torch.float64)
    there = [a.cuda() for a in args]
    torch.testing.assert_close(counterfactual_step(*there, 1.0, 0.1)[1].cpu(), counterfactual_step(*args, 1.0, 0.1)[1])
    torch.testing.assert_close(adversarial_step(there[0], 0.5).cpu(), adversarial_step(args[0], 0.5))
