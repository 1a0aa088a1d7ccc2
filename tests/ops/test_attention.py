"""Attention over sparse rows is the formula's, forward and backward, whichever features the softmax runs over."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.ops.attention import Attended, run_attention, run_attention_backward
from pyexplain.ops.groups import group_rows
from pyexplain.ops.native import Operator

N, P, D = 40, 17, 9


def rows_of(g: torch.Generator, dtype: torch.dtype) -> TensorRows:
    """Some rows empty, some values 0."""
    dense = torch.randn(N, P, generator=g, dtype=dtype) * (torch.rand(N, P, generator=g) < 0.2)
    dense[3], dense[7] = 0, 1
    kept = dense != 0
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), kept.sum(dim=1).cumsum(0)])
    values = dense[kept]
    values[::7] = 0
    return SparseRows(offsets, kept.nonzero()[:, 1].contiguous(), values, P)


def drawn(dtype: torch.dtype, seed: int = 0) -> tuple[Tensor, Tensor, TensorRows, Tensor]:
    g = torch.Generator().manual_seed(seed)
    q, w, grad = (torch.randn(n, D, generator=g, dtype=dtype) for n in (N, P, N))
    return q, w, rows_of(g, dtype), grad


def formula(q: Tensor, w: Tensor, rows: TensorRows, everywhere: bool) -> tuple[Tensor, Tensor]:
    """Dense attention [n, P] and z [n, d]."""
    features, energy = rows.dense(P), q @ w.T
    energy = energy if everywhere else energy.masked_fill(features == 0, -torch.inf)
    shares = torch.softmax(energy, dim=1).nan_to_num(0.0)
    return shares, (shares * features) @ w


def both_ways(
    forward: object, backward: object, q: Tensor, w: Tensor, rows: TensorRows, grad: Tensor, everywhere: bool
) -> tuple[Tensor, ...]:
    """z, and the gradients of q and w, what a softmax over all features adds included."""
    spread = torch.softmax(q @ w.T, dim=1) if everywhere else None
    of = Attended(q, w, rows, spread)
    shares, z = forward(of)  # type: ignore[operator]
    groups = group_rows(rows.indices, P)
    found = backward(of, shares, grad, groups, rows.row_indices())  # type: ignore[operator]
    to_w = torch.zeros_like(w).index_copy_(0, groups.rows, found.words)
    if spread is None:
        return z, found.queries, to_w
    left = spread * found.means[:, None]
    return z, found.queries - left @ w, to_w - left.T @ q


@pytest.mark.parametrize("kind", ["kernel", "twin"])
@pytest.mark.parametrize("everywhere", [True, False], ids=["all features", "the mentioned"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_the_formula_and_its_gradient(kind: str, everywhere: bool, dtype: torch.dtype) -> None:
    q, w, rows, grad = drawn(dtype)
    operators: tuple[Operator, Operator] = run_attention, run_attention_backward  # type: ignore[type-arg]
    forward, backward = operators if kind == "kernel" else (one.twin for one in operators)
    leaves = q.clone().requires_grad_(), w.clone().requires_grad_()
    wanted = formula(*leaves, rows, everywhere)[1]
    gradients = torch.autograd.grad(wanted, leaves, grad)
    found = both_ways(forward, backward, q, w, rows, grad, everywhere)
    near = {"rtol": 1e-4, "atol": 1e-5} if dtype == torch.float32 else {"rtol": 1e-9, "atol": 1e-10}
    for mine, other in zip(found, (wanted.detach(), *gradients), strict=True):
        torch.testing.assert_close(mine, other, **near)


def test_a_row_that_may_attend_to_nothing_gets_nothing() -> None:
    q, w, rows, _ = drawn(torch.float32)
    shares, z = run_attention(Attended(q, w, rows, None))
    assert torch.equal(z[3], torch.zeros(D))
    assert torch.equal(shares[rows.values == 0], torch.zeros(int((rows.values == 0).sum())))


@pytest.mark.parametrize("everywhere", [True, False])
def test_the_same_bits_for_any_number_of_threads(everywhere: bool) -> None:
    g = torch.Generator().manual_seed(1)
    q, w, grad = torch.randn(4000, D, generator=g), torch.randn(P, D, generator=g), torch.randn(4000, D, generator=g)
    some = rows_of(g, torch.float32)
    rows = SparseRows.stacked([some] * 100)
    before, found = torch.get_num_threads(), []
    for threads in (1, 2, 4, 8):
        torch.set_num_threads(threads)
        spread = torch.full((4000, P), 1 / P) if everywhere else None
        of = Attended(q, w, rows, spread)
        shares, z = run_attention(of)
        gradients = run_attention_backward(of, shares, grad, group_rows(rows.indices, P), rows.row_indices())
        found.append((shares, z, *gradients))
    torch.set_num_threads(before)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))
