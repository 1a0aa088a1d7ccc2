"""within_reach against its twin, and against the formula."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.ops import within_reach
from pyexplain.ops.within_reach import Reach

from .twins import twin

Given = tuple[Tensor, Tensor, Tensor, Tensor, TensorRows, Tensor]


def given(m: int, n: int, p: int, t: int, dtype: torch.dtype) -> Given:
    g = torch.Generator().manual_seed(n + p)
    lifts = SparseRows.from_dense((torch.rand(n, t, generator=g) < 0.4).numpy()).tensors()
    lifts = SparseRows(lifts.offsets, lifts.indices, torch.rand(len(lifts.indices), generator=g, dtype=dtype), t)
    scores, table = torch.randn(m, p, generator=g, dtype=dtype), torch.rand(t, p, generator=g, dtype=dtype)
    least, constant = 1.5 + torch.randn(n, generator=g, dtype=dtype), torch.rand(n, generator=g, dtype=dtype)
    return scores, torch.randint(m, (n,), generator=g), least, constant, lifts, table


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("m", "n", "p", "t"), [(1, 0, 4, 1), (2, 3, 0, 2), (1, 1, 1, 1), (3, 9, 64, 2), (5, 40, 333, 6)])
def test_the_columns_that_reach(m: int, n: int, p: int, t: int, dtype: torch.dtype) -> None:
    scores, chosen, least, constant, lifts, table = given(m, n, p, t, dtype)
    counts, columns = within_reach(scores, chosen, least, constant, lifts, table)
    reached = scores[chosen] + constant[:, None] + lifts.dense() @ table >= least[:, None]
    assert torch.equal(counts, reached.sum(dim=1))
    assert torch.equal(columns, reached.nonzero()[:, 1])
    of = Reach(scores, chosen, least, constant, lifts, table)
    assert torch.equal(columns, twin("within_reach")(of, counts))


def test_what_is_minus_infinity_reaches_nothing() -> None:
    scores, chosen, least, constant, lifts, table = given(2, 6, 90, 3, torch.float32)
    scores[:, 7] = -torch.inf
    _, columns = within_reach(scores, chosen, least - 100, constant, lifts, table)
    assert 7 not in columns.tolist()
    assert len(columns) == 6 * 89


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bounds_that_are_just_reached_reach(dtype: torch.dtype) -> None:
    """Blocks that are skipped are skipped by more than rounding: the bound of each row is the very value of one column."""
    scores, chosen, _, constant, lifts, table = given(4, 300, 640, 5, dtype)
    lifts = SparseRows(lifts.offsets, lifts.indices, lifts.values - 0.5, lifts.n_columns)
    lifted = scores[chosen] + constant[:, None]
    for row in range(300):
        for at in range(int(lifts.offsets[row]), int(lifts.offsets[row + 1])):
            lifted[row] += lifts.values[at] * table[lifts.indices[at]]
    least = lifted.topk(3, dim=1).values[:, 2] - 1e-6
    counts, _ = within_reach(scores, chosen, least, constant, lifts, table)
    assert bool((counts >= 3).all())
    assert int(counts.sum()) < 300 * 5


def test_some_of_the_rows() -> None:
    of = Reach(*given(3, 9, 70, 4, torch.float32))
    counts, columns = within_reach(*of)
    ends = counts.cumsum(0)
    part = within_reach(*of.select(torch.arange(2, 5)))
    assert torch.equal(part[0], counts[2:5])
    assert torch.equal(part[1], columns[ends[1] : ends[4]])


@pytest.mark.parametrize("threads", [2, 4])
def test_the_same_for_any_number_of_threads(threads: int) -> None:
    of, before, found = given(20, 300, 500, 5, torch.float32), torch.get_num_threads(), []
    try:
        for number in (1, threads):
            torch.set_num_threads(number)
            found.append(within_reach(*of))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, many) for one, many in zip(*found, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    scores, chosen, least, constant, lifts, table = given(2, 3, 5, 2, torch.float32)
    with pytest.raises(IndexError, match=r"chosen: wanted numbers in 0..1"):
        within_reach(scores, chosen + 2, least, constant, lifts, table)
    with pytest.raises(ValueError, match="least: wanted shape"):
        within_reach(scores, chosen, least[:2], constant, lifts, table)
    with pytest.raises(ValueError, match="table: wanted shape"):
        within_reach(scores, chosen, least, constant, lifts, table[:, :4])
    with pytest.raises(IndexError, match="lifts"):
        within_reach(scores, chosen, least, constant, lifts, table[:0])
