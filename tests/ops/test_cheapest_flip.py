"""cheapest_flip: by hand, beside trying every set, against its twin, and the same for any number of threads."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.views import offsets_of
from pyexplain.ops import Costs, Flip, cheapest_flip, counterfactual_step

from .twins import twin

COSTS = Costs(2.848, 1.0, 0.1, 0.05, -1e-5, 0.99, 3)


def drawn(n: int, widest: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> Flip:
    """Rows of up to so many parts, about half of which go whole, from 1 to 0; some bring nothing, and some rows have no part."""
    g = torch.Generator().manual_seed(seed)
    counts = torch.randint(0, widest + 1, (n,), generator=g)
    offsets = offsets_of(counts)
    m = int(offsets[-1])
    whole = torch.rand(m, generator=g) < 0.5
    has = torch.where(whole, 1.0, 1 + 4 * torch.rand(m, generator=g)).to(dtype)
    slopes, start = torch.randn(m, generator=g) + 0.5, 3 * torch.rand(n, generator=g) * counts.clamp(min=1) ** 0.5 + 0.1
    return Flip(start.to(dtype), offsets, slopes.to(dtype), -has, torch.where(whole, 0, 5 - has), whole)


def cost_of(of: Flip, delta: Tensor, costs: Costs, row: int) -> float:
    part = slice(int(of.offsets[row]), int(of.offsets[row + 1]))
    assert of.whole is not None
    size = torch.where(of.whole[part], costs.unit * (delta[part] != 0), delta[part].abs())
    return float(costs.l1 * size.sum() + costs.l2 * size.square().sum())


def test_by_hand() -> None:
    """3 - 2 - 1.5 < 0 takes both that go whole, and 3 - 4 the first alone; of 2 a part does, so much that the margin is -.05; and
    a row without parts stays as it is."""
    whole = torch.tensor([True, True, False])
    low, high = torch.tensor([-1.0, -1.0, -2.0]), torch.tensor([0.0, 0.0, 3.0])
    offsets = torch.tensor([0, 2, 4, 5, 5])
    of = Flip(
        torch.tensor([3.0, 3.0, 1.0, 1.0]),
        offsets,
        torch.tensor([2.0, 1.5, 4.0, 1.5, 2.0]),
        torch.cat([low[:2], low[:2], low[2:]]),
        torch.cat([high[:2], high[:2], high[2:]]),
        torch.cat([whole[:2], whole[:2], whole[2:]]),
    )
    delta, margin = cheapest_flip(of, COSTS)
    assert delta[:4].tolist() == [-1, -1, -1, 0]
    assert delta[4].item() == pytest.approx(-0.525, abs=1e-5)
    assert margin.tolist() == pytest.approx([-0.5, -1, -0.05, 1], abs=1e-5)


def least(of: Flip, costs: Costs, row: int, gamma: float) -> float:
    """The least cost at which a row wins by gamma: of every set of whole ones, with the cheapest change of the others beside it."""
    part = slice(int(of.offsets[row]), int(of.offsets[row + 1]))
    assert of.whole is not None
    g, low, high, whole = of.gradient[part], of.low[part], of.high[part], of.whole[part]
    best, at, each = float("inf"), whole.nonzero()[:, 0].tolist(), costs.l1 * costs.unit + costs.l2 * costs.unit**2
    low, high = (box.masked_fill(whole, 0)[None].contiguous() for box in (low, high))
    for chosen in (c for size in range(len(at) + 1) for c in combinations(at, size)):
        left = float(of.start[row] - g[list(chosen)].sum())
        c = torch.tensor([-left - gamma if left >= -2e-5 else 0.0], dtype=torch.float64)
        _, cost, _, flag = counterfactual_step(g[None].contiguous(), c, low, high, costs.l1, costs.l2)
        best = best if flag.item() else min(best, len(chosen) * each + float(cost))
    return best


@pytest.mark.parametrize("costs", [COSTS, COSTS._replace(l1=0.2, l2=1.0), COSTS._replace(gamma=0.0, l2=1e-4)])
def test_nothing_is_cheaper(costs: Costs) -> None:
    """What wins by gamma costs no less; what only flips may, for parts that it does not need are taken back."""
    of = drawn(60, 8, torch.float64)
    delta, margin = cheapest_flip(of, costs)
    flipped = 0
    for row in range(60):
        best, mine = least(of, costs, row, max(costs.gamma, 2e-5)), cost_of(of, delta, costs, row)
        if np.isfinite(best):
            assert float(margin[row]) < costs.flipped
            assert least(of, costs, row, 1e-5) * (1 - 1e-3) <= mine <= best * (1 + 1e-3)
            flipped += 1
        else:  # it may flip, but not by gamma
            assert float(margin[row]) > -max(costs.gamma, 2e-5)
    assert 10 < flipped < 60


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("whole", [True, False])
def test_the_twin_gives_the_same(dtype: torch.dtype, whole: bool) -> None:
    for seed in range(5):
        of = drawn(200, 12, dtype, seed)
        of = of if whole else of._replace(whole=None)
        (delta, margin), (wanted, reached) = cheapest_flip(of, COSTS), twin("cheapest_flip")(of, COSTS)
        torch.testing.assert_close(delta, wanted, atol=3e-4, rtol=1e-4)
        torch.testing.assert_close(margin, reached, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("threads", [2, 4])
def test_the_same_bits_for_any_number_of_threads_and_whoever_is_beside(threads: int) -> None:
    of, before, found = drawn(3000, 20), torch.get_num_threads(), []
    try:
        for number in (1, threads):
            torch.set_num_threads(number)
            found.append(cheapest_flip(of, COSTS)[0])
    finally:
        torch.set_num_threads(before)
    assert torch.equal(*found)
    row, part = 7, slice(int(of.offsets[7]), int(of.offsets[8]))
    assert of.whole is not None
    parts = (side[part].clone() for side in (of.gradient, of.low, of.high, of.whole))
    alone = Flip(of.start[row : row + 1].clone(), torch.tensor([0, part.stop - part.start]), *parts)
    assert torch.equal(cheapest_flip(alone, COSTS)[0], found[0][part])


def test_what_does_not_fit_is_refused() -> None:
    of = drawn(4, 5)
    with pytest.raises(ValueError, match="offsets"):
        cheapest_flip(of._replace(offsets=of.offsets[1:]), COSTS)
    with pytest.raises(ValueError, match="offsets"):
        cheapest_flip(of._replace(offsets=of.offsets + 1), COSTS)
    with pytest.raises(ValueError, match="low"):
        cheapest_flip(of._replace(low=of.low[:-1]), COSTS)
    with pytest.raises(TypeError, match="whole"):
        cheapest_flip(of._replace(whole=of.low), COSTS)
    with pytest.raises(ValueError, match="l2 > 0"):
        cheapest_flip(of, COSTS._replace(l2=0.0))
