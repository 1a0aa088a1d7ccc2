"""add_sparse_product against its twin, and against the product."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.ops import add_sparse_product

from .twins import twin


def rows(n: int, width: int, seed: int, dtype: torch.dtype) -> TensorRows:
    rng = np.random.default_rng(seed)
    found = SparseRows.from_dense(rng.normal(size=(n, width)) * (rng.random((n, width)) < 0.3)).tensors()
    return SparseRows(found.offsets, found.indices, found.values.to(dtype), width)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "m", "p"), [(0, 3, 4), (3, 0, 4), (2, 3, 0), (1, 1, 1), (40, 30, 90)])
def test_the_product_is_added(n: int, m: int, p: int, dtype: torch.dtype) -> None:
    one, two = rows(n, m, 0, dtype), rows(m, p, 1, dtype)
    out = torch.randn(n, p, generator=torch.Generator().manual_seed(2), dtype=dtype)
    wanted = out + one.dense() @ two.dense()
    by_twin = twin("add_sparse_product")(out.clone(), one, two)
    assert add_sparse_product(out, one, two) is out
    torch.testing.assert_close(out, wanted, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(by_twin, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("threads", [2, 4])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    one, two, before, found = rows(90, 50, 3, torch.float32), rows(50, 700, 4, torch.float32), torch.get_num_threads(), []
    try:
        for number in (1, threads):
            torch.set_num_threads(number)
            found.append(add_sparse_product(torch.zeros(90, 700), one, two))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*found)


def test_what_does_not_fit_is_refused() -> None:
    one, two = rows(4, 3, 0, torch.float32), rows(3, 5, 1, torch.float32)
    with pytest.raises(IndexError, match="others"):
        add_sparse_product(torch.zeros(4, 2), one, two)
    with pytest.raises(ValueError, match="rows"):
        add_sparse_product(torch.zeros(3, 5), one, two)
    with pytest.raises(IndexError, match="rows"):
        add_sparse_product(torch.zeros(4, 5), one, rows(1, 5, 1, torch.float32))
