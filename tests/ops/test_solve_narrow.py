"""solve_narrow against the same solver in torch, and what must hold for every row."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows, TensorRows
from pyexplain.data.views import offsets_of
from pyexplain.explainers.counterfactual import linear
from pyexplain.explainers.counterfactual.problem import FLIPPED
from pyexplain.explainers.counterfactual.restricted import Restricted, restricted_twin
from pyexplain.explainers.counterfactual.settings import SolverSettings
from pyexplain.margin.affine import RestrictedMargin
from pyexplain.ops import Chosen, HiddenLayer, solve_narrow

from .twins import twin

SETTINGS = SolverSettings()


class Problem(NamedTuple):
    """What solve_narrow and its twin are called with."""

    layer: HiddenLayer
    rows: Tensor
    chosen: TensorRows
    low: Tensor
    high: Tensor

    def native(self) -> tuple[Tensor, Tensor]:
        weights = {"l1": SETTINGS.l1, "l2": SETTINGS.l2, "gamma": SETTINGS.margin, "steps": SETTINGS.steps}
        chosen = Chosen(self.rows, self.chosen.offsets, self.chosen.indices)
        return solve_narrow(chosen, self.layer, self.low, self.high, **weights)

    def twin(self) -> tuple[Tensor, Tensor]:
        chosen = Chosen(self.rows, self.chosen.offsets, self.chosen.indices)
        weights = [SETTINGS.l1, SETTINGS.l2, SETTINGS.margin]
        return restricted_twin(chosen, self.layer, self.low, self.high, SETTINGS.steps, weights)

    def restricted(self) -> Restricted:
        """The same, filled up."""
        margin = RestrictedMargin.of(self.layer, self.rows, self.filled(self.chosen.indices))
        return Restricted(margin, self.filled(self.low), self.filled(self.high))

    def filled(self, values: Tensor) -> Tensor:
        """[m, S] of one number for each of the features."""
        counts = self.chosen.counts
        real = torch.arange(max(1, int(counts.max())) if len(counts) else 1) < counts[:, None]
        return torch.zeros_like(real, dtype=values.dtype).masked_scatter_(real, values)


def problem(n: int, s: int, h: int, seed: int, dtype: torch.dtype = torch.float64) -> Problem:
    """Random rows of up to s of s + 2 features, in no order and some twice; about half can be flipped, some by one feature alone,
    some in circles."""
    g = torch.Generator().manual_seed(seed)
    k, p = 5, s + 2

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=g, dtype=dtype)

    many = n + 3
    wide = normal(h, 2 * k)  # as a head's, of which this is a part
    layer = HiddenLayer(
        normal(many, 2 * h), normal(many, k), normal(many, k), normal(p, k) / (k * s) ** 0.5, wide[:, k:], normal(2 * h)
    )
    low, high = -5 * torch.rand(n, p, generator=g, dtype=dtype), 5 * torch.rand(n, p, generator=g, dtype=dtype)
    open_ = (torch.rand(n, p, generator=g) >= 0.2).to(dtype)
    rows = torch.randint(0, many, (n,), generator=g)
    mask = torch.rand(n, p, generator=g).argsort(dim=1) < torch.randint(0, s + 1, (n, 1), generator=g)
    return Problem(layer, rows, columns_where(mask, dtype), (low * open_)[mask], (high * open_)[mask])


def columns_where(mask: Tensor, dtype: torch.dtype) -> TensorRows:
    """The features at which mask [n, P] holds."""
    columns = mask.nonzero()[:, 1].contiguous()
    return SparseRows(offsets_of(mask.sum(dim=1)), columns, torch.zeros(len(columns), dtype=dtype), mask.shape[1])


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side is torch alone."""
    monkeypatch.setattr(linear, "counterfactual_step", twin("counterfactual_step"))


@pytest.mark.parametrize(("n", "s", "h"), [(300, 1, 8), (400, 3, 20), (300, 8, 17), (80, 24, 35), (5, 60, 8)])
def test_the_same_changes_as_in_torch(n: int, s: int, h: int) -> None:
    p = problem(n, s, h, seed=n)
    wanted, twins_margin = p.twin()
    found, margin = p.native()
    torch.testing.assert_close(margin, p.restricted().margin(p.filled(found)), rtol=1e-9, atol=1e-9)
    flips = twins_margin < FLIPPED
    assert int(flips.sum()) > 0
    assert ((margin < FLIPPED) == flips).float().mean() >= 0.99
    # where roundings part the ways at a border of two linear pieces, the costs are still about the same
    found, wanted = p.filled(found), p.filled(wanted)
    same = (found - wanted).abs().amax(dim=1) < 1e-4
    assert same[flips].float().mean() >= 0.95
    cost, twin = SETTINGS.cost(found[flips]), SETTINGS.cost(wanted[flips])
    assert cost.mean() <= 1.01 * twin.mean()


def test_changes_are_in_the_box_needed_and_flip_what_they_say() -> None:
    p = problem(400, 6, 15, seed=1, dtype=torch.float32)
    values, margin = p.native()
    delta, restricted = p.filled(values), p.restricted()
    assert ((delta >= restricted.low - 1e-6) & (delta <= restricted.high + 1e-6)).all()
    rows = ((margin < FLIPPED) & (restricted.margin(0 * delta) >= 0)).nonzero()[:, 0]
    assert len(rows) > 50
    assert (restricted.select(rows).margin(delta[rows]) < 0).all()
    for k in range(delta.shape[1]):
        changed = rows[(delta[rows, k] != 0)]
        without = delta[changed].clone()
        without[:, k] = 0
        assert (restricted.select(changed).margin(without) >= FLIPPED - 1e-6).all()


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_the_same_bits_for_any_number_of_threads(threads: int) -> None:
    p = problem(500, 7, 60, seed=3, dtype=torch.float32)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = p.native()
        torch.set_num_threads(threads)
        many = p.native()
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(one, many, strict=True))


@pytest.mark.parametrize(("n", "s"), [(0, 3), (4, 0)])
def test_nothing_to_solve(n: int, s: int) -> None:
    p = problem(n, 3, 5, seed=0)
    if s == 0:
        none = columns_where(torch.zeros(n, 3, dtype=torch.bool), torch.float64)
        p = p._replace(chosen=none, low=none.values, high=none.values)
    values, margin = p.native()
    assert values.shape == p.chosen.indices.shape
    torch.testing.assert_close(margin, p.restricted().margin(p.filled(0 * values)))
    torch.testing.assert_close(p.twin(), (values, margin))


def _replaced(p: Problem, **changes: Tensor) -> Problem:
    chosen = {name: changes.pop(name) for name in ("offsets", "indices") if name in changes}
    layer = {name: changes.pop(name) for name in HiddenLayer._fields if name in changes}
    return p._replace(layer=p.layer._replace(**layer), chosen=replace(p.chosen, **chosen), **changes)


def test_what_does_not_fit_is_refused() -> None:
    p = problem(4, 3, 5, seed=0)
    with pytest.raises(ValueError, match=r"start: wanted shape \[7, 10\], got \[7, 9\]"):
        _replaced(p, start=torch.zeros(7, 9, dtype=torch.float64)).native()
    with pytest.raises(TypeError, match=r"high: wanted torch.float64"):
        _replaced(p, high=p.high.float()).native()
    with pytest.raises(ValueError, match="gate_two: wanted a contiguous"):
        _replaced(p, gate_two=p.layer.gate_two.T.contiguous().T).native()
    with pytest.raises(IndexError, match=r"rows: wanted numbers in 0..6, got 7"):
        _replaced(p, rows=p.rows + 7 - int(p.rows.max())).native()
    with pytest.raises(IndexError, match=r"columns: wanted numbers in 0..4, got -1"):
        _replaced(p, indices=p.chosen.indices - 1 - int(p.chosen.indices.min())).native()
    with pytest.raises(ValueError, match="offsets: wanted to ascend from 0"):
        _replaced(p, offsets=p.chosen.offsets + 1).native()
    with pytest.raises(ValueError, match="offsets: wanted to ascend from 0"):
        _replaced(p, offsets=torch.tensor([0, 5, 2, 2, len(p.chosen.indices)])).native()
    with pytest.raises(ValueError, match="l2 > 0"):
        solve_narrow(Chosen(p.rows, p.chosen.offsets, p.chosen.indices), p.layer, p.low, p.high, 1.0, 0.0, 0.05, 5)


def test_opcheck() -> None:
    p = problem(4, 3, 5, seed=0)
    chosen = [p.rows, p.chosen.offsets, p.chosen.indices]
    arguments = (chosen, list(p.layer), p.low, p.high, 5, [1.0, 0.1, 0.05])
    torch.library.opcheck(torch.ops.pyexplain.solve_narrow.default, arguments)
