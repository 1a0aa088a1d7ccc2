"""solve_narrow against the same solver in torch, and what must hold for every row."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pyexplain.explain import linearized
from pyexplain.explain.linearized import solve_linearized
from pyexplain.explain.narrow import Narrow
from pyexplain.explain.problem import FLIPPED
from pyexplain.explain.prune import prune
from pyexplain.explain.settings import SolverSettings
from pyexplain.ops import reference, solve_narrow

SETTINGS = SolverSettings()


def problem(n: int, s: int, w: int, seed: int, dtype: torch.dtype = torch.float64) -> Narrow:
    """Random rows; about half of them can be flipped, some by one feature alone, some in circles."""
    g = torch.Generator().manual_seed(seed)
    start, images = torch.randn(n, w, generator=g, dtype=dtype), torch.randn(n, s, w, generator=g, dtype=dtype) / max(1, s) ** 0.5
    readout = torch.randn(w, generator=g, dtype=dtype)
    low, high = -5 * torch.rand(n, s, generator=g, dtype=dtype), 5 * torch.rand(n, s, generator=g, dtype=dtype)
    closed = torch.rand(n, s, generator=g) < 0.2
    return Narrow(torch.where(closed, 0, low), torch.where(closed, 0, high), start, images, readout)


def native(p: Narrow, delta: Tensor | None = None, settings: SolverSettings = SETTINGS) -> tuple[Tensor, Tensor]:
    weights = {"l1": settings.l1, "l2": settings.l2, "gamma": settings.margin, "steps": settings.steps}
    return solve_narrow(p.start, p.images, p.readout, p.low, p.high, **weights, delta=delta)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side is torch alone."""
    monkeypatch.setattr(linearized, "counterfactual_step", reference.counterfactual_step)


@pytest.mark.parametrize(("n", "s", "w"), [(200, 1, 8), (300, 3, 40), (200, 8, 33), (50, 24, 70), (3, 60, 16)])
def test_the_same_changes_as_in_torch(n: int, s: int, w: int) -> None:
    p = problem(n, s, w, seed=n)
    wanted = prune(p, solve_linearized(p, SETTINGS), SETTINGS)
    found, margin = native(p)
    torch.testing.assert_close(margin, p.margin(found), rtol=1e-9, atol=1e-9)
    flips = p.margin(wanted) < FLIPPED
    assert int(flips.sum()) > 0 or s == 1
    assert ((margin < FLIPPED) == flips).float().mean() >= 0.99
    # where roundings part the ways at a border of two linear pieces, the costs are still about the same
    same = (found - wanted).abs().amax(dim=1) < 1e-4
    assert same[flips].float().mean() >= 0.95
    cost, twin = SETTINGS.cost(found[flips]), SETTINGS.cost(wanted[flips])
    assert cost.mean() <= 1.01 * twin.mean()


def test_changes_are_in_the_box_needed_and_flip_what_they_say() -> None:
    p = problem(300, 6, 30, seed=1, dtype=torch.float32)
    delta, margin = native(p)
    assert ((delta >= p.low - 1e-6) & (delta <= p.high + 1e-6)).all()
    rows = (margin < FLIPPED).nonzero()[:, 0]
    assert len(rows) > 50
    assert (p.select(rows).margin(delta[rows]) < 0).all()
    for k in range(6):
        changed = rows[(delta[rows, k] != 0)]
        without = delta[changed].clone()
        without[:, k] = 0
        assert (p.select(changed).margin(without) >= FLIPPED - 1e-6).all()


def test_a_given_change_is_only_taken_back_from() -> None:
    p = problem(300, 6, 30, seed=2)
    given = torch.lerp(p.low, p.high, torch.rand(300, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    wanted = prune(p, given, SETTINGS)
    found, margin = native(p, given)
    torch.testing.assert_close(found, wanted)
    assert ((found == given) | (found == 0)).all()
    assert (found != given).any()
    torch.testing.assert_close(margin, p.margin(found))


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    p = problem(500, 7, 60, seed=3, dtype=torch.float32)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = native(p)
        torch.set_num_threads(threads)
        many = native(p)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(one, many, strict=True))


@pytest.mark.parametrize(("n", "s"), [(0, 3), (4, 0)])
def test_nothing_to_solve(n: int, s: int) -> None:
    p = problem(n, s, 5, seed=0)
    delta, margin = native(p)
    assert delta.shape == (n, s)
    torch.testing.assert_close(margin, p.margin(torch.zeros(n, s, dtype=torch.float64)))


def test_what_does_not_fit_is_refused() -> None:
    p = problem(4, 3, 5, seed=0)
    weights = {"l1": 1.0, "l2": 0.1, "gamma": 0.05, "steps": 5}
    with pytest.raises(ValueError, match=r"start: wanted shape \[4, 5\], got \[4, 6\]"):
        solve_narrow(torch.zeros(4, 6, dtype=torch.float64), p.images, p.readout, p.low, p.high, **weights)
    with pytest.raises(TypeError, match=r"low: wanted torch.float64"):
        solve_narrow(p.start, p.images, p.readout, p.low.float(), p.high, **weights)
    with pytest.raises(ValueError, match="contiguous"):
        solve_narrow(p.start, p.images.mT.contiguous().mT, p.readout, p.low, p.high, **weights)
    with pytest.raises(ValueError, match="l2 > 0"):
        solve_narrow(p.start, p.images, p.readout, p.low, p.high, **(weights | {"l2": 0.0}))


def test_opcheck() -> None:
    p = problem(4, 3, 5, seed=0)
    arguments = (p.start, p.images, p.readout, p.low, p.high, None, 5, [1.0, 0.1, 0.05])
    torch.library.opcheck(torch.ops.pyexplain.solve_narrow.default, arguments)
