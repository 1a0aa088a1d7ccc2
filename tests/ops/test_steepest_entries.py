"""steepest_entries against its twin."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.ops import Pull, steepest_entries

from .twins import twin


def pull(m: int, p: int, seed: int, dtype: torch.dtype = torch.float64) -> tuple[Pull, Tensor]:
    """Rows of 0 to p entries; gradients of both signs, some zero, some alike; a third without room one way or the other."""
    g = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, p + 1, (m,), generator=g)
    n = int(counts.sum())
    gradient = torch.randint(-20, 21, (n,), generator=g).to(dtype) / 8
    low, high = (torch.rand(n, generator=g, dtype=dtype) * (torch.rand(n, generator=g) < 0.7) for _ in range(2))
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)])
    return Pull(offsets, gradient, -5 * low, 5 * high), 4 * torch.rand(m, generator=g, dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("m", "p", "least", "widest"), [(50, 40, 1, 24), (50, 40, 24, 24), (3, 1, 2, 5), (200, 325, 0, 3), (4, 9, 0, 0), (5, 0, 1, 3)]
)
def test_the_same_entries_as_the_twin(m: int, p: int, least: int, widest: int, dtype: torch.dtype) -> None:
    of, margin = pull(m, p, m + p, dtype)
    counts, places = steepest_entries(of, margin, least, widest, 1.2)
    wanted, other = twin("steepest_entries")(of, margin, least, widest, 1.2)
    assert torch.equal(counts, wanted)
    assert torch.equal(places, other)
    assert widest == 0 or p < 2 or len(places) > 0


def test_no_row_and_the_same_bits_for_any_number_of_threads() -> None:
    nothing = torch.zeros(0)
    counts, places = steepest_entries(Pull(torch.zeros(1, dtype=torch.int64), nothing, nothing, nothing), nothing, 1, 4, 1.2)
    assert (len(counts), len(places)) == (0, 0)
    of, margin = pull(400, 300, 1, torch.float32)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 4, 8):
            torch.set_num_threads(threads)
            found.append(steepest_entries(of, margin, 1, 24, 1.2))
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for other in found[1:] for a, b in zip(found[0], other, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    of, margin = pull(4, 5, 0)
    with pytest.raises(ValueError, match=r"offsets: wanted shape \[4\], got \[5\]"):
        steepest_entries(of, margin[:3], 1, 2, 1.0)
    with pytest.raises(ValueError, match="low: wanted shape"):
        steepest_entries(of._replace(low=of.low[:-1]), margin, 1, 2, 1.0)
    with pytest.raises(ValueError, match="offsets: wanted to ascend from 0"):
        steepest_entries(of._replace(offsets=of.offsets + 1), margin, 1, 2, 1.0)
    with pytest.raises(ValueError, match="least <= widest"):
        steepest_entries(of, margin, 3, 2, 1.0)
