"""adam_rows against torch.optim.Adam on the whole table: any pattern of touches, any size of gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain.ops import AdamSettings, RowAdam, RowGradients, adam_rows, adam_rows_flush

DTYPES = [torch.float32, torch.float64]


def dense_adam(parameter: Tensor, optimizer: torch.optim.Adam, rows: Tensor, grads: Tensor) -> None:
    """A step with a gradient that is zero outside the rows."""
    parameter.grad = torch.zeros_like(parameter).index_copy_(0, rows, grads)
    optimizer.step()


def train(
    n_rows: int,
    width: int,
    steps: int,
    share: float,
    sizes: tuple[float, float],
    dtype: torch.dtype,
    seed: int,
    adam: AdamSettings,
    flush_every: int = 0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Start, and the table after `steps` steps by RowAdam, by dense Adam in the same type, and by dense Adam in float64.

    Each step touches each row but the last with probability `share`; a row's gradients have a size of its own in 10**sizes."""
    r = torch.Generator().manual_seed(seed)
    start = torch.randn(n_rows, width, generator=r, dtype=torch.float64)
    scale = 10.0 ** torch.empty(n_rows, 1, dtype=torch.float64).uniform_(*sizes, generator=r)
    mine = RowAdam(start.to(dtype, copy=True), adam)
    tables = [start.to(dtype, copy=True).requires_grad_(), start.clone().requires_grad_()]
    options: dict[str, Any] = {"lr": adam.lr, "betas": (adam.beta1, adam.beta2), "eps": adam.eps}
    optimizers = [torch.optim.Adam([table], **options) for table in tables]
    for step in range(1, steps + 1):
        touched = torch.rand(n_rows, generator=r) < share
        touched[-1] = False
        rows = touched.nonzero()[:, 0]
        grads = torch.randn(len(rows), width, generator=r, dtype=torch.float64) * scale[rows]
        mine.step(RowGradients(rows, grads.to(dtype)))
        for table, optimizer in zip(tables, optimizers, strict=True):
            dense_adam(table, optimizer, rows, grads.to(dtype).to(table.dtype))
        if flush_every and step % flush_every == 0:
            mine.flush()
    mine.flush()
    return start, mine.table, tables[0].detach(), tables[1].detach()


def error(mine: Tensor, exact: Tensor, start: Tensor) -> float:
    """Largest error, relative to how far the values of its row have moved, or to 0.001: values near 1 round to their type."""
    moved = (exact - start).abs().amax(dim=1, keepdim=True).clamp_min(1e-3)
    return float(((mine.double() - exact).abs() / moved)[:-1].max())


@pytest.mark.parametrize("sizes", [(-4, -2), (-6, -6), (-9, -5), (-12, 2)])
def test_300_steps_in_double_equal_dense_adam(sizes: tuple[float, float]) -> None:
    start, mine, dense, _ = train(50, 6, 300, 0.1, sizes, torch.float64, 1, AdamSettings())
    assert error(mine, dense, start) < 1e-10
    assert mine[-1].equal(start[-1]), "a row that was never touched stays where it was"


@pytest.mark.parametrize("sizes", [(-4, -2), (-6, -6), (-9, -5)])
@pytest.mark.parametrize("share", [0.003, 0.1, 0.7])
def test_300_steps_in_float_are_as_exact_as_dense_adam_in_float(sizes: tuple[float, float], share: float) -> None:
    start, mine, dense, exact = train(60, 5, 300, share, sizes, torch.float32, 2, AdamSettings())
    torch.testing.assert_close(mine.double(), exact, rtol=1e-5, atol=1e-6)  # values near 1 on their way round to 1e-7
    assert error(mine, exact, start) < 2 * error(dense, exact, start) + 1e-5


@given(
    st.integers(1, 12),
    st.sampled_from([1, 3, 8, 13, 33]),
    st.integers(1, 60),
    st.floats(0, 1),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.5, 0.9, 0.99]),
    st.sampled_from([0.9, 0.999, 0.9999]),
    st.sampled_from([0, 1, 7]),
)
@settings(max_examples=60, deadline=None)
def test_other_constants(
    n: int, width: int, steps: int, share: float, seed: int, beta1: float, beta2: float, flush_every: int
) -> None:
    adam = AdamSettings(lr=0.01, beta1=beta1, beta2=beta2, eps=1e-6)
    start, mine, dense, _ = train(n + 1, width, steps, share, (-7, 0), torch.float64, seed, adam, flush_every)
    assert error(mine, dense, start) < 1e-9


def test_a_long_rest() -> None:
    # touched at steps 1 and 3, then at rest for 3,000 steps: most of it without any effect, some of it early
    table = torch.ones(2, 1, dtype=torch.float64)
    mine, dense = RowAdam(table.clone()), table.clone().requires_grad_()
    optimizer = torch.optim.Adam([dense])
    for step in range(1, 3001):
        rows = torch.tensor([0] if step in (1, 3, 3000) else [1])
        grads = torch.full((1, 1), 0.01 * step, dtype=torch.float64)
        mine.step(RowGradients(rows, grads))
        dense_adam(dense, optimizer, rows, grads)
    mine.flush()
    torch.testing.assert_close(mine.table, dense.detach(), rtol=1e-12, atol=1e-12)


def test_rests_longer_than_rows_share() -> None:
    # as if row 0 had been touched at step 10 and row 1 at step 69,990, of 70,000
    moments = torch.full((2, 3), 0.01, dtype=torch.float64)
    table, m, v = torch.zeros(2, 3, dtype=torch.float64), moments.clone(), moments.square()
    last_step = torch.tensor([10, 69_990])
    adam_rows_flush(table, m, v, last_step, 70_000)
    for row, t0 in enumerate((10, 69_990)):
        s = torch.arange(1, 70_000 - t0 + 1, dtype=torch.float64)
        first = 0.01 * 0.9**s / (1 - 0.9 ** (t0 + s))
        second = 0.01 * (0.999**s / (1 - 0.999 ** (t0 + s))).sqrt()
        wanted = -(1e-3 * first / (second + 1e-8)).sum()
        torch.testing.assert_close(table[row], wanted.expand(3), rtol=1e-10, atol=0)
    assert last_step.tolist() == [70_000, 70_000]


def test_a_whole_table_at_once_is_plain_adam() -> None:
    r = torch.Generator().manual_seed(0)
    start = torch.randn(4, 9, generator=r, dtype=torch.float64)
    mine, dense = RowAdam(start.clone()), start.clone().requires_grad_()
    optimizer = torch.optim.Adam([dense])
    for _ in range(20):
        gradient = torch.randn(4, 9, generator=r, dtype=torch.float64)
        mine.step(gradient)
        dense_adam(dense, optimizer, torch.arange(4), gradient)
    torch.testing.assert_close(mine.table, dense.detach(), rtol=1e-12, atol=1e-12)


def test_a_resumed_optimiser_takes_the_same_steps() -> None:
    r = torch.Generator().manual_seed(0)
    one = RowAdam(torch.randn(6, 4, generator=r))
    updates = [RowGradients(torch.tensor([i % 6]), torch.randn(1, 4, generator=r)) for i in range(20)]
    for update in updates[:10]:
        one.step(update)
    two = RowAdam(one.table.clone())
    two.load_state({name: value.clone() for name, value in one.state().items()})
    for update in updates[10:]:
        one.step(update)
        two.step(update)
    for optimizer in (one, two):
        optimizer.flush()
    assert one.table.equal(two.table)
    with pytest.raises(ValueError, match=r"m: wanted shape \[5, 4\], got \[6, 4\]"):
        RowAdam(torch.zeros(5, 4)).load_state(one.state())


def test_the_same_bits_for_any_number_of_threads() -> None:
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            results.append(train(700, 90, 12, 0.4, (-6, -2), torch.float32, 3, AdamSettings())[1])
    finally:
        torch.set_num_threads(before)
    assert all(results[0].equal(other) for other in results[1:])


def example() -> dict[str, Any]:
    zeros = [torch.zeros(4, 3) for _ in range(3)]
    named = dict(zip(("table", "m", "v"), zeros, strict=True))
    return {
        **named,
        "last_step": torch.zeros(4, dtype=torch.int64),
        "rows": torch.tensor([0, 2]),
        "grads": torch.ones(2, 3),
        "step": 1,
    }


@pytest.mark.parametrize(
    ("change", "error_type", "words"),
    [
        ({"rows": torch.tensor([2, 0])}, ValueError, "rows: wanted ascending numbers, each once"),
        ({"rows": torch.tensor([2, 2])}, ValueError, "rows: wanted ascending numbers, each once"),
        ({"rows": torch.tensor([0, 4])}, IndexError, r"rows: wanted numbers in 0..3, got 4 at position 1"),
        ({"grads": torch.ones(3, 3)}, ValueError, r"grads: wanted shape \[2, 3\], got \[3, 3\]"),
        ({"grads": torch.ones(2, 3).double()}, TypeError, "grads: wanted torch.float32, got torch.float64"),
        ({"last_step": torch.zeros(4)}, TypeError, "last_step: wanted torch.int64, got torch.float32"),
        ({"v": torch.zeros(3, 4).T}, ValueError, "v: wanted a contiguous tensor"),
        ({"step": 0}, ValueError, "step: wanted at least 1, got 0"),
        ({"settings": AdamSettings(eps=0)}, ValueError, "eps > 0"),
    ],
)
def test_misuse_is_refused(change: dict[str, Any], error_type: type[Exception], words: str) -> None:
    with pytest.raises(error_type, match=words):
        adam_rows(**(example() | change))


def test_a_citizen_of_torch() -> None:
    e = example()
    raw = (*(e[name] for name in ("table", "m", "v", "last_step", "rows", "grads")), 1, list(AdamSettings()))
    torch.library.opcheck(torch.ops.pyexplain.adam_rows.default, raw)

    def step(table: Tensor) -> Tensor:
        adam_rows(table, e["m"].clone(), e["v"].clone(), e["last_step"].clone(), e["rows"], e["grads"], 1)
        return table * 2

    compiled: Callable[[Tensor], Tensor] = torch.compile(step, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(torch.ones(4, 3)), step(torch.ones(4, 3)))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gpu_gives_what_the_processor_gives(dtype: torch.dtype) -> None:
    r = torch.Generator().manual_seed(0)
    start = torch.randn(50, 33, generator=r, dtype=dtype)
    here, there = RowAdam(start.clone()), RowAdam(start.cuda())
    for _ in range(100):
        rows = (torch.rand(50, generator=r) < 0.2).nonzero()[:, 0]
        grads = torch.randn(len(rows), 33, generator=r, dtype=dtype) * 1e-6
        here.step(RowGradients(rows, grads))
        there.step(RowGradients(rows.cuda(), grads.cuda()))
    here.flush()
    there.flush()
    torch.testing.assert_close(there.table.cpu(), here.table, rtol=1e-5, atol=1e-6)
