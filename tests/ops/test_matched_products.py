"""matched_products and matched_slopes by their formulas."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.ops import matched_products, matched_slopes


def rows(n: int, width: int, seed: int) -> TensorRows:
    rng = np.random.default_rng(seed)
    return SparseRows.from_dense(rng.normal(size=(n, width)) * (rng.random((n, width)) < 0.4)).tensors()


def test_they_are_the_formulas() -> None:
    one, two, weights = rows(7, 9, 0), rows(5, 9, 1), torch.randn(9, generator=torch.Generator().manual_seed(0))
    r, s = torch.tensor([0, 6, 3, 3]), torch.tensor([4, 0, 2, 2])
    wanted = (one.dense()[r] * two.dense()[s]) @ weights
    torch.testing.assert_close(matched_products(one, two, r, s, weights), wanted)
    slopes = torch.tensor([1.0, -2.0, 0.5, 3.0])
    torch.testing.assert_close(matched_slopes(one, two, r, s, slopes, 9), slopes @ (one.dense()[r] * two.dense()[s]))


def test_any_number_of_threads_gives_the_same_bits() -> None:
    one, two, weights = rows(300, 40, 2), rows(200, 40, 3), torch.randn(40, generator=torch.Generator().manual_seed(1))
    g = torch.Generator().manual_seed(2)
    r, s, slopes = (
        torch.randint(300, (9000,), generator=g),
        torch.randint(200, (9000,), generator=g),
        torch.randn(9000, generator=g),
    )
    found, before = [], torch.get_num_threads()
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append((matched_products(one, two, r, s, weights), matched_slopes(one, two, r, s, slopes, 40)))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_nothing_is_nothing() -> None:
    one, none = rows(3, 4, 0), torch.zeros(0, dtype=torch.int64)
    assert len(matched_products(one, one, none, none, torch.zeros(4))) == 0
    empty = SparseRows.empty((3, 0)).tensors()
    each = torch.arange(3)
    assert matched_products(empty, empty, each, each, torch.zeros(0)).tolist() == [0, 0, 0]


def test_what_does_not_fit_is_refused() -> None:
    one, each = rows(3, 4, 0), torch.arange(3)
    with pytest.raises(IndexError, match=r"two_chosen: wanted numbers in 0..2, got 3"):
        matched_products(one, one, each, each + 1, torch.zeros(4))
    with pytest.raises(IndexError, match=r"one.indices"):
        matched_products(one, one, each, each, torch.zeros(2))
    with pytest.raises(ValueError, match="slopes"):
        matched_slopes(one, one, each, each, torch.zeros(2), 4)


def test_rows_that_were_written_into_are_looked_at_again() -> None:
    rows = SparseRows(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), torch.ones(2), 2)
    chosen, weights = torch.tensor([0, 1]), torch.ones(2)
    for _ in range(2):
        assert matched_products(rows, rows, chosen, chosen, weights).tolist() == [1, 1]
    rows.indices[1] = 2
    with pytest.raises(IndexError, match=r"one.indices: wanted numbers in 0..1, got 2 at position 1"):
        matched_products(rows, rows, chosen, chosen, weights)
    rows.indices[1] = 1
    with pytest.raises(IndexError, match=r"one.indices: wanted numbers in 0..0"):
        matched_products(rows, rows, chosen, chosen, weights[:1])
    rows.offsets[1] = 3
    with pytest.raises(ValueError, match="one.offsets: wanted to ascend"):
        matched_products(rows, rows, chosen, chosen, weights)
