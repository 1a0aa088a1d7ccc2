"""sampled_product against its twin, and against the whole product."""

from __future__ import annotations

import pytest
import torch

from pyexplain.data.sparse import SparseRows
from pyexplain.ops import Rows, sampled_product
from pyexplain.ops.working_set import row_products

from .twins import twin


def rows_of(n: int, p: int, seed: int, dtype: torch.dtype) -> Rows:
    dense = torch.rand(n, p, generator=torch.Generator().manual_seed(seed)) < 0.3
    found = SparseRows.from_dense(dense.numpy()).tensors()
    return Rows(found.offsets, found.indices, found.values.to(dtype), p)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "p", "k"), [(0, 4, 3), (3, 0, 3), (5, 9, 0), (1, 1, 1), (60, 40, 33), (300, 200, 70)])
def test_the_entries_of_the_whole_product(n: int, p: int, k: int, dtype: torch.dtype) -> None:
    g = torch.Generator().manual_seed(n + k)
    left, right = (torch.randn(count, k, generator=g, dtype=dtype) for count in (n, p))
    rows = rows_of(n, p, k, dtype)
    found = sampled_product(left, right, rows)
    torch.testing.assert_close(found, (left @ right.T)[rows.row_indices(), rows.indices], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found, twin("sampled_product")(left, right, rows), atol=1e-5, rtol=1e-5)


def test_rows_that_are_chosen_for_rows() -> None:
    left, right = torch.randn(40, 33), torch.randn(9, 33)
    chosen = torch.arange(80)[::2] % 9  # every second number: not laid out one after the other
    torch.testing.assert_close(row_products(left, right, chosen), (left * right[chosen]).sum(dim=1))


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    left, right, rows = torch.randn(300, 90), torch.randn(200, 90), rows_of(300, 200, 1, torch.float32)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = sampled_product(left, right, rows)
        torch.set_num_threads(threads)
        many = sampled_product(left, right, rows)
    finally:
        torch.set_num_threads(before)
    assert torch.equal(one, many)


def test_what_does_not_fit_is_refused() -> None:
    rows = rows_of(4, 6, 0, torch.float32)
    with pytest.raises(ValueError, match="right: wanted shape"):
        sampled_product(torch.zeros(4, 2), torch.zeros(6, 3), rows)
    with pytest.raises(ValueError, match=r"rows.offsets: wanted shape \[4\], got \[5\]"):
        sampled_product(torch.zeros(3, 2), torch.zeros(6, 2), rows)
    with pytest.raises(IndexError, match=r"rows.indices: wanted numbers in 0..0"):
        sampled_product(torch.zeros(4, 2), torch.zeros(1, 2), rows)
    with pytest.raises(TypeError, match="rows: wanted sparse rows"):
        sampled_product(torch.zeros(4, 2), torch.zeros(6, 2), torch.zeros(4, 6))  # type: ignore[arg-type]
