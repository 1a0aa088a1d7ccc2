"""cheapest_within: by hand, beside a general solver, and against its twin."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from pyexplain.ops.cheapest_within import cheapest_within, run_cheapest_within


def test_two_half_spaces_by_hand() -> None:
    """With l1 = 0 and l2 = 1 the nearest point at which x <= -1 and y <= -2; the third one asks for nothing."""
    g = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])
    box = torch.full((1, 2), -5.0), torch.full((1, 2), 5.0)
    found = cheapest_within(g, torch.tensor([[-1.0, -2.0, torch.inf]]), *box, 0.0, 1.0)
    torch.testing.assert_close(found, torch.tensor([[-1.0, -2.0]]), atol=1e-3, rtol=0)


def problem(seed: int, features: int = 5, count: int = 3) -> tuple[np.ndarray, ...]:
    """g, b, low, high that some delta meets."""
    rng = np.random.default_rng(seed)
    low, high = -rng.random(features) * 4, rng.random(features) * 4
    g = rng.normal(size=(count, features))
    inside = g @ (low + rng.random(features) * (high - low))
    return g, np.maximum(np.minimum(inside + 0.05, rng.normal(size=count)), inside + 0.01), low, high


def cheapest_known(g: np.ndarray, b: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """delta = up - down, both at least 0, makes the cost smooth; NaN where the general solver gives up."""
    parts, both = [(0, h) for h in high] + [(0, -x) for x in low], np.concatenate([g, -g], axis=1)
    inside = {"type": "ineq", "fun": lambda x: b - both @ x}
    start = np.full(2 * len(low), 0.1)
    best = minimize(lambda x: x.sum() + 0.1 * (x**2).sum(), start, bounds=parts, constraints=inside, method="SLSQP")
    return best.fun if best.success else np.nan


def test_as_cheap_as_a_general_solver_finds() -> None:
    """The sweeps end before they have settled for a few; what is missed is small."""
    problems = [problem(seed) for seed in range(40)]
    g, b, low, high = (np.stack(arrays) for arrays in zip(*problems, strict=True))
    found = cheapest_within(*(torch.from_numpy(array) for array in (g, b, low, high)), 1.0, 0.1).numpy()
    assert (found >= low - 1e-9).all()
    assert (found <= high + 1e-9).all()
    missed = (np.einsum("ncs,ns->nc", g, found) - b).max(axis=1)
    assert np.median(missed) < 1e-4
    assert missed.max() < 0.2
    costs = np.abs(found).sum(axis=1) + 0.1 * (found**2).sum(axis=1)
    away = costs - [cheapest_known(*one) for one in problems]
    assert np.nanmedian(np.abs(away)) < 0.01
    assert np.nanmax(away) < 0.5


def test_rows_do_not_depend_on_each_other_and_nothing_is_asked_of_who_is_there() -> None:
    generator = torch.Generator().manual_seed(0)
    g, b = torch.randn(40, 3, 6, generator=generator), torch.randn(40, 3, generator=generator)
    low, high = -torch.rand(40, 6, generator=generator), torch.rand(40, 6, generator=generator)
    whole = cheapest_within(g, b, low, high, 1.0, 0.1)
    for k in range(0, 40, 7):
        torch.testing.assert_close(
            cheapest_within(g[k : k + 1], b[k : k + 1], low[k : k + 1], high[k : k + 1], 1.0, 0.1)[0], whole[k]
        )
    assert (whole[(b >= 0).all(dim=1)] == 0).all()


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 2e-3), (torch.float64, 1e-9)])
@pytest.mark.parametrize(("count", "features"), [(1, 3), (4, 8), (3, 200)])
def test_the_kernel_finds_what_its_twin_finds(count: int, features: int, dtype: torch.dtype, near: float) -> None:
    generator = torch.Generator().manual_seed(count)
    g, b = torch.randn(50, count, features, generator=generator), torch.randn(50, count, generator=generator)
    b[::7, 0] = torch.inf
    low, high = -4 * torch.rand(50, features, generator=generator), 4 * torch.rand(50, features, generator=generator)
    low[:, 0] = high[:, 1] = 0
    given = [tensor.to(dtype) for tensor in (g, b, low, high)]
    found, twin = cheapest_within(*given, 1.0, 0.1), run_cheapest_within.twin(*given, 1.0, 0.1)
    assert (found != 0).any()
    torch.testing.assert_close(found, twin, atol=near, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    g, b, low, high = torch.zeros(2, 3, 4), torch.zeros(2, 3), torch.zeros(2, 4), torch.ones(2, 4)
    for wrong in ((g[0], b, low, high), (g, b[:1], low, high), (g, b, low[:, :3], high), (g, b, low, high.double())):
        with pytest.raises((TypeError, ValueError), match="wanted"):
            cheapest_within(*wrong, 1.0, 0.1)
    for l1, l2 in ((-1.0, 1.0), (1.0, 0.0), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match="l2 > 0"):
            cheapest_within(g, b, low, high, l1, l2)
