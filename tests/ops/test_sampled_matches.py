"""sampled_matches against its twin, and against the formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.ops import sampled_matches

from .twins import twin

Given = tuple[TensorRows, TensorRows, Tensor, TensorRows]


def given(n: int, items: int, p: int, dtype: torch.dtype) -> Given:
    rng = np.random.default_rng(n + p)

    def rows(count: int, width: int, share: float) -> TensorRows:
        found = SparseRows.from_dense(rng.normal(size=(count, width)) * (rng.random((count, width)) < share)).tensors()
        return SparseRows(found.offsets, found.indices, found.values.to(dtype), width)

    return rows(n, p, 0.3), rows(items, p, 0.5), torch.from_numpy(rng.normal(size=p)).to(dtype), rows(n, items, 0.4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "items", "p"), [(0, 3, 4), (3, 2, 0), (1, 1, 1), (9, 7, 12), (40, 60, 90)])
def test_the_products_of_the_cells(n: int, items: int, p: int, dtype: torch.dtype) -> None:
    rows, others, weights, cells = given(n, items, p, dtype)
    found = sampled_matches(rows, others, weights, cells)
    whole = (rows.dense() * weights) @ others.dense().T
    torch.testing.assert_close(found, whole[cells.row_indices(), cells.indices], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found, twin("sampled_matches")(rows, others, weights, cells), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("threads", [2, 4])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    asked, before, found = given(200, 80, 50, torch.float32), torch.get_num_threads(), []
    try:
        for number in (1, threads):
            torch.set_num_threads(number)
            found.append(sampled_matches(*asked))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*found)


def test_what_does_not_fit_is_refused() -> None:
    rows, others, weights, cells = given(4, 3, 6, torch.float32)
    with pytest.raises(IndexError, match="rows"):
        sampled_matches(rows, others, weights[:1], cells)
    with pytest.raises(ValueError, match="cells"):
        sampled_matches(rows.select(torch.tensor([0, 1])), others, weights, cells)
    with pytest.raises(IndexError, match="cells"):
        sampled_matches(rows, others.select(torch.tensor([0])), weights, cells)
