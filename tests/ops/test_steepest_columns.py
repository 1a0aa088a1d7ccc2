"""steepest_columns against its twin."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops import Pull, steepest_columns

from .twins import twin


def pull(n: int, p: int, seed: int, dtype: torch.dtype = torch.float64) -> Pull:
    """Gradients of both signs, some zero, some alike; a third of the features without room one way or the other."""
    g = torch.Generator().manual_seed(seed)
    gradient = torch.randint(-20, 21, (n, p), generator=g).to(dtype) / 8
    low, high = (torch.rand(n, p, generator=g, dtype=dtype) * (torch.rand(n, p, generator=g) < 0.7) for _ in range(2))
    return Pull(gradient, 4 * torch.rand(n, generator=g, dtype=dtype), -5 * low, 5 * high)


def some_of(n: int, p: int, seed: int) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    mask = torch.rand(n, p, generator=g) < 0.3
    return torch.cat([torch.zeros(1, dtype=torch.int64), mask.sum(dim=1).cumsum(0)]), mask.nonzero()[:, 1].contiguous()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    ("n", "p", "least", "widest"), [(50, 40, 1, 24), (50, 40, 24, 24), (3, 1, 2, 5), (200, 325, 0, 3), (4, 9, 0, 0)]
)
def test_the_same_features_as_the_twin(n: int, p: int, least: int, widest: int, given: bool, dtype: torch.dtype) -> None:
    of, among = pull(n, p, n + p, dtype), some_of(n, p, n) if given else None
    rows = torch.randint(0, n, (2 * n,), generator=torch.Generator().manual_seed(0))
    counts, numbers = steepest_columns(of, rows, among, least, widest, 1.2)
    wanted, other = twin("steepest_columns")(of, rows, among, least, widest, 1.2)
    assert torch.equal(counts, wanted)
    assert torch.equal(numbers, other)
    assert widest == 0 or len(numbers) > 0


def test_no_row_and_the_same_bits_for_any_number_of_threads() -> None:
    of = pull(400, 300, 1, torch.float32)
    counts, numbers = steepest_columns(of, torch.zeros(0, dtype=torch.int64), None, 1, 4, 1.2)
    assert (len(counts), len(numbers)) == (0, 0)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(steepest_columns(of, torch.arange(400), None, 1, 24, 1.2))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    of, rows, (offsets, numbers) = pull(4, 5, 0), torch.arange(4), some_of(4, 5, 0)
    with pytest.raises(ValueError, match=r"margin: wanted shape \[4\], got \[3\]"):
        steepest_columns(of._replace(margin=of.margin[:3]), rows, None, 1, 2, 1.0)
    with pytest.raises(IndexError, match=r"rows: wanted numbers in 0..3, got 4"):
        steepest_columns(of, rows + 1, None, 1, 2, 1.0)
    with pytest.raises(IndexError, match=r"numbers: wanted numbers in 0..4, got 5"):
        steepest_columns(of, rows, (offsets, numbers + 5 - int(numbers.max())), 1, 2, 1.0)
    with pytest.raises(ValueError, match="offsets: wanted to ascend from 0"):
        steepest_columns(of, rows, (offsets + 1, numbers), 1, 2, 1.0)
    with pytest.raises(ValueError, match="least <= widest"):
        steepest_columns(of, rows, None, 3, 2, 1.0)
