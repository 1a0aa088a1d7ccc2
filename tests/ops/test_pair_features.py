"""pair_features, forward and backward, against its twin; both faces; misuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pyexplain.ops import PairPasses, Rows, Tables, pair_features
from pyexplain.ops.pair_features import Batch, formula

DTYPES = [torch.float32, torch.float64]


class World(NamedTuple):
    tables: Tables
    users: Tensor
    positives: Tensor
    negatives: Tensor

    def arguments(self) -> tuple[Any, ...]:
        return (*self.tables, self.users, self.positives, self.negatives)


def sparse(n: int, p: int, most: int, r: torch.Generator, dtype: torch.dtype) -> Rows:
    """Rows with 0 to `most` entries, every third one empty."""
    counts = torch.randint(0, min(most, p) + 1, (n,), generator=r) * (torch.arange(n) % 3 != 2)
    columns = [torch.randperm(p, generator=r)[: int(count)].sort().values for count in counts]
    indices = torch.cat([*columns, torch.zeros(0, dtype=torch.int64)])
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    return Rows(offsets, indices, (torch.rand(len(indices), generator=r) * 5).to(dtype))


def world(n_users: int, n_items: int, p: int, d: int, k: int, batch: int, seed: int, dtype: torch.dtype = torch.float32) -> World:
    r = torch.Generator().manual_seed(seed)
    tables = [torch.randn(rows, width, generator=r).to(dtype) for rows, width in ((n_users, d), (n_items, d), (p, k), (p, k))]
    rows = [sparse(n, p, 6, r, dtype) for n in (n_users, n_items)]
    numbers = [torch.randint(0, n, (batch,), generator=r) for n in (n_users, n_items, n_items)]
    return World(Tables(*tables, *rows), *numbers)


SHAPES = st.tuples(
    st.integers(1, 40),  # users
    st.integers(1, 40),  # items
    st.sampled_from([1, 2, 7, 40, 325, 5000]),  # features
    st.sampled_from([0, 1, 3, 8, 13, 50]),  # d
    st.sampled_from([0, 1, 5, 16, 37]),  # k
    st.integers(0, 80),  # batch: users and items repeat
    st.integers(0, 10_000),  # seed
    st.sampled_from(DTYPES),
)


def in_torch(*arguments: Any, user_row_index: Tensor | None = None, user_shift: Tensor | None = None) -> Tensor:
    """pair_features by its formula, with the same arguments; differentiable."""
    users, positives, negatives = arguments[6:]
    index = users if user_row_index is None else user_row_index
    return formula(Tables(*arguments[:6]), Batch(users, positives, negatives, index, user_shift))[0]


def close(mine: Tensor, other: Tensor) -> None:
    loose = {"rtol": 1e-4, "atol": 1e-3} if mine.dtype == torch.float32 else {"rtol": 1e-9, "atol": 1e-9}
    torch.testing.assert_close(mine, other, **loose)


@given(SHAPES)
@settings(max_examples=60, deadline=None)
def test_forward_and_grouped_gradients_equal_the_twin(shape: tuple[Any, ...]) -> None:
    w = world(*shape)
    leaves = [table.clone().requires_grad_() for table in w.tables[:4]]
    wanted = in_torch(*leaves, *w.tables[4:], w.users, w.positives, w.negatives)
    grad_x = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(1), dtype=wanted.dtype)
    dense = torch.autograd.grad(wanted, leaves, grad_x, allow_unused=True, materialize_grads=True)
    passes = PairPasses(w.tables)
    for _ in range(2):  # the second time in buffers that are in use
        close(passes.forward(w.users, w.positives, w.negatives), wanted.detach())
        found = passes.backward(grad_x)
    for mine, other, table in zip(found[:4], dense, w.tables[:4], strict=True):
        assert mine.rows.unique().equal(mine.rows), "ascending, each once"
        close(mine.dense(table), other)


@given(SHAPES)
@settings(max_examples=40, deadline=None)
def test_the_autograd_face_with_changed_features_and_a_shift(shape: tuple[Any, ...]) -> None:
    w = world(*shape)
    r = torch.Generator().manual_seed(3)
    n, k, dtype = len(w.users), w.tables.user_map.shape[1], shape[-1]
    own = sparse(n + 1, len(w.tables.user_map), 9, r, dtype)
    index = torch.randint(0, n + 1, (n,), generator=r)
    shift = torch.randn(n, k, generator=r).to(dtype)
    results = []
    for function in (pair_features, in_torch):
        leaves = [part.clone().requires_grad_() for part in (*w.tables[:4], shift)]
        tables = w.tables._replace(
            user_table=leaves[0], item_table=leaves[1], user_map=leaves[2], item_map=leaves[3], user_rows=own
        )
        x = function(*tables, w.users, w.positives, w.negatives, user_row_index=index, user_shift=leaves[4])
        results.append([x.detach(), *torch.autograd.grad(x.square().sum(), leaves, allow_unused=True, materialize_grads=True)])
    for mine, other in zip(*results, strict=True):
        torch.testing.assert_close(
            mine, other, rtol=1e-3 if dtype == torch.float32 else 1e-8, atol=1e-2 if dtype == torch.float32 else 1e-7
        )


def test_by_hand() -> None:
    # one user with 2 x feature 0, items with 1 x feature 0 and 3 x feature 1: z_u = 2 * 5, z_i = 7, z_j = 3 * 11
    one = torch.ones(1, 1)
    user_rows = Rows(torch.tensor([0, 1]), torch.tensor([0]), torch.tensor([2.0]))
    item_rows = Rows(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), torch.tensor([1.0, 3.0]))
    tables = Tables(
        one * 2, torch.tensor([[3.0], [4.0]]), torch.tensor([[5.0], [6.0]]), torch.tensor([[7.0], [11.0]]), user_rows, item_rows
    )
    zero = torch.zeros(1, dtype=torch.int64)
    passes = PairPasses(tables)
    assert passes.forward(zero, zero, zero + 1).tolist() == [[6.0, 70.0], [8.0, 330.0]]
    found = passes.backward(torch.tensor([[1.0, 1.0], [0.0, -1.0]]))
    assert found.user_table.values.tolist() == [[3.0]]
    assert found.item_table.rows.tolist() == [0, 1]
    assert found.item_table.values.tolist() == [[2.0], [0.0]]
    assert found.user_latent.tolist() == [[7.0 - 33.0]]
    assert found.user_map.rows.tolist() == [0]
    assert found.user_map.values.tolist() == [[2 * (7.0 - 33.0)]]
    assert found.item_map.values.tolist() == [[10.0], [-30.0]]


def test_a_user_may_have_features_of_the_batch_instead_of_their_own() -> None:
    w = world(5, 6, 12, 4, 4, 9, 5, torch.float64)
    own = sparse(9, 12, 4, torch.Generator().manual_seed(1), torch.float64)
    mine = PairPasses(w.tables).forward(w.users, w.positives, w.negatives, user_rows=own)
    other = in_torch(*w.tables._replace(user_rows=own), *w[1:], user_row_index=torch.arange(9))
    close(mine, other)


def test_without_features() -> None:
    w = world(5, 6, 12, 4, 4, 9, 5)
    x = pair_features(*w.tables[:2], None, None, None, None, *w[1:])
    close(x, pair_features(*w.arguments())[:, :4].contiguous())


def test_a_citizen_of_torch() -> None:
    w = world(3, 4, 6, 3, 2, 4, 0, torch.float64)
    tables = [t.requires_grad_() for t in w.tables[:4]]
    shift = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    raw = (*tables, *w.tables.user_rows, *w.tables.item_rows, w.users, w.positives, w.negatives, w.users, shift)
    torch.library.opcheck(torch.ops.pyexplain.pair_features.default, raw)
    torch.library.opcheck(torch.ops.pyexplain.pair_features.default, (*raw[:-1], None))

    def forward(*leaves: Tensor) -> Tensor:
        return pair_features(*leaves[:4], *w.tables[4:], *w[1:], user_shift=leaves[4])

    assert torch.autograd.gradcheck(forward, (*tables, shift))


def test_it_compiles_whole() -> None:
    w = world(3, 4, 6, 3, 2, 4, 0, torch.float64)
    w.tables.user_table.requires_grad_()

    def loss(*arguments: Any) -> Tensor:
        return pair_features(*arguments).square().sum()

    torch._dynamo.reset()
    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")(*w.arguments())
    eager = loss(*w.arguments())
    torch.testing.assert_close(compiled, eager)
    grads = [torch.autograd.grad(value, w.tables.user_table)[0] for value in (compiled, eager)]
    torch.testing.assert_close(*grads)


def test_the_same_bits_for_any_number_of_threads() -> None:
    w = world(300, 200, 325, 70, 90, 512, 7)
    grad_x, before, results = torch.randn(1024, 160), torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            passes = PairPasses(w.tables)
            x = passes.forward(*w[1:]).clone()
            found = passes.backward(grad_x)
            results.append([x, *(part.values for part in found[:4]), found.user_latent])
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def bad(change: Callable[[World], World]) -> World:
    return change(world(3, 4, 6, 3, 2, 5, 0))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda w: w._replace(users=w.users.int()), TypeError, "users: wanted torch.int64, got torch.int32"),
        (lambda w: w._replace(users=w.users + 3), IndexError, r"users: wanted numbers in 0..2, got \d at position 0"),
        (lambda w: w._replace(negatives=w.negatives - 4), IndexError, r"negatives: wanted numbers in 0..3, got -\d at position 0"),
        (lambda w: w._replace(positives=w.positives[:2]), ValueError, r"positives: wanted shape \[5\], got \[2\]"),
        (
            lambda w: w._replace(tables=w.tables._replace(item_map=w.tables.item_map[:, :1].contiguous())),
            ValueError,
            r"item_map: wanted shape \[6, 2\], got \[6, 1\]",
        ),
        (
            lambda w: w._replace(tables=w.tables._replace(user_table=w.tables.user_table.T)),
            ValueError,
            "user_table: wanted a contiguous tensor",
        ),
        (
            lambda w: w._replace(
                tables=w.tables._replace(user_rows=replace(w.tables.user_rows, indices=w.tables.user_rows.indices + 6))
            ),
            IndexError,
            "user_rows.indices: wanted numbers in 0..5",
        ),
        (
            lambda w: w._replace(
                tables=w.tables._replace(item_rows=replace(w.tables.item_rows, offsets=w.tables.item_rows.offsets + 1))
            ),
            ValueError,
            "item_rows.offsets: wanted to ascend from 0",
        ),
        (
            lambda w: w._replace(tables=w.tables._replace(item_rows=w.tables.user_rows)),
            ValueError,
            r"item_rows.offsets: wanted shape \[5\], got \[4\]",
        ),
    ],
)
def test_misuse_is_refused(change: Callable[[World], World], error: type[Exception], words: str) -> None:
    w = bad(change)
    with pytest.raises(error, match=words):
        pair_features(*w.arguments())
    with pytest.raises(error, match=words):
        PairPasses(w.tables).forward(*w[1:])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gpu_gives_what_the_processor_gives(dtype: torch.dtype) -> None:
    w = world(300, 200, 325, 70, 90, 512, 7, dtype)
    grad_x = torch.randn(1024, 160, dtype=dtype)
    there = Tables(*(t.cuda() for t in w.tables[:4]), *(Rows(*(part.cuda() for part in rows)) for rows in w.tables[4:]))
    results = []
    for tables, numbers, gradient in ((w.tables, w[1:], grad_x), (there, [part.cuda() for part in w[1:]], grad_x.cuda())):
        passes = PairPasses(tables)
        x = passes.forward(*numbers)
        found = passes.backward(gradient)
        results.append([x.cpu(), *(part.cpu() for row in found[:4] for part in row), found.user_latent.cpu()])
    for mine, other in zip(*results, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-3)
