"""Rows out of sparse rows, in any order and as often as one likes, and whose each entry is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.sparse import SparseRows
from pyexplain.ops.select_rows import run_select_rows

DENSE = np.array([[0, 2, 0, 1], [0, 0, 0, 0], [3, 0, 0, 0], [4, 5, 6, 7]], dtype=np.float32)


@pytest.mark.parametrize("kind", ["kernel", "twin"])
@pytest.mark.parametrize("chosen", [[3, 0, 1, 3, 2], [1, 1], [], [2]])
@pytest.mark.parametrize("capacity", [0, 3, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_chosen_rows_whatever_was_guessed(kind: str, chosen: list[int], capacity: int, dtype: torch.dtype) -> None:
    source = SparseRows.from_dense(DENSE).tensors()
    source = source.with_values(source.values.to(dtype))
    run = run_select_rows if kind == "kernel" else run_select_rows.twin
    found, rows = run(source, torch.tensor(chosen, dtype=torch.int64), capacity)
    assert found.values.dtype == dtype
    assert (found.n_rows, found.n_columns) == (len(chosen), 4)
    np.testing.assert_array_equal(found.dense().numpy(), DENSE[chosen])
    np.testing.assert_array_equal(rows.numpy(), np.nonzero(DENSE[chosen])[0])
