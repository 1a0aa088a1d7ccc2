"""PairTraining and HeadPasses: steps as they are taken in training, against autograd and dense Adam."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops import AdamSettings, HeadPasses, PairTraining, Tables

from .test_pair_features import in_torch, sparse, world

DTYPES = [torch.float32, torch.float64]


def head(n_in: int, h: int, dtype: torch.dtype) -> list[Tensor]:
    r = torch.Generator().manual_seed(0)
    shapes: list[tuple[int, ...]] = [(h, n_in), (h,), (h,), ()]
    return [torch.randn(shape, generator=r, dtype=dtype) for shape in shapes]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "n_in", "h"), [(1, 1, 1), (7, 5, 3), (40, 33, 64), (100, 20, 130)])
def test_head_passes_equal_autograd(n: int, n_in: int, h: int, dtype: torch.dtype) -> None:
    parameters = head(n_in, h, dtype)
    passes = HeadPasses(*parameters)
    r = torch.Generator().manual_seed(1)
    for _ in range(2):
        x, grad = torch.randn(n, n_in, generator=r, dtype=dtype), torch.randn(n, generator=r, dtype=dtype)
        leaves = [part.clone().requires_grad_() for part in (*parameters, x)]
        W1, b1, w2, b2, leaf = leaves
        scores = torch.relu(leaf @ W1.t() + b1) @ w2 + b2
        torch.testing.assert_close(passes.forward(x), scores.detach(), rtol=1e-4, atol=1e-4)
        for mine, other in zip(passes.backward(grad), torch.autograd.grad(scores, leaves, grad), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("d", "k"), [(9, 5), (150, 300), (4, 0), (0, 6)])
def test_training_steps_equal_autograd_with_dense_adam(d: int, k: int, dtype: torch.dtype) -> None:
    settings = AdamSettings(lr=0.01)
    start = world(30, 20, 40, d, k, 0, 3, dtype).tables
    mine = PairTraining(Tables(*(table.clone() for table in start[:4]), *start[4:]), settings)
    leaves = [table.clone().requires_grad_() for table in start[:4]]
    optimizer = torch.optim.Adam(leaves, lr=settings.lr)
    for seed in range(12):
        w, own = world(30, 20, 40, d, k, 16, seed, dtype), sparse(16, 40, 5, torch.Generator().manual_seed(seed), dtype)
        x = mine.forward(w.users, w.positives, w.negatives, user_rows=own)
        wanted = in_torch(*leaves, own, start.item_rows, *w[1:], user_row_index=torch.arange(16))
        torch.testing.assert_close(x, wanted.detach(), rtol=1e-3, atol=1e-2 if dtype == torch.float32 else 1e-6)
        mine.step(2 * x)
        optimizer.zero_grad()
        wanted.square().sum().backward()
        optimizer.step()
    mine.flush()
    for table, leaf in zip(mine.passes.tables[:4], leaves, strict=True):
        torch.testing.assert_close(table, leaf.detach(), rtol=1e-3, atol=1e-3 if dtype == torch.float32 else 1e-8)


def trained(threads: int, stop: int | None = None) -> PairTraining:
    """Twenty steps, with a stop in between at which everything is handed over."""
    torch.set_num_threads(threads)
    start = world(300, 200, 325, 70, 90, 0, 7).tables
    one = PairTraining(Tables(*(table.clone() for table in start[:4]), *start[4:]))
    for seed in range(20):
        if seed == stop:
            two = PairTraining(Tables(*(table.clone() for table in one.passes.tables[:4]), *start[4:]))
            two.load_state({name: value.clone() for name, value in one.state().items()})
            one = two
        one.step(one.forward(*world(300, 200, 325, 70, 90, 256, seed)[1:]) - 1)
    one.flush()
    return one


def test_the_same_bits_for_any_number_of_threads_and_when_resumed() -> None:
    before = torch.get_num_threads()
    try:
        results = [trained(threads).passes.tables[:4] for threads in (1, 2, 4, 8)] + [trained(2, stop=9).passes.tables[:4]]
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_misuse_is_refused() -> None:
    w = world(5, 6, 12, 4, 4, 9, 5)
    training = PairTraining(w.tables)
    training.forward(*w[1:])
    with pytest.raises(ValueError, match=r"grad_x: wanted shape \[18, 8\], got \[18, 7\]"):
        training.step(torch.zeros(18, 7))
    with pytest.raises(IndexError, match="users: wanted numbers in 0..4"):
        training.forward(w.users + 5, w.positives, w.negatives)
    with pytest.raises(ValueError, match=r"b1: wanted shape \[3\], got \[2\]"):
        HeadPasses(torch.zeros(3, 4), torch.zeros(2), torch.zeros(3), torch.zeros(()))
