"""Whole problems by one operator, on rows that end in every stage: the changes of the stages that the processor goes through."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.ops import solve_widening as module
from pyexplain.ops.solve_narrow import HiddenLayer
from pyexplain.ops.solve_widening import Sets, Widening, run_solve_widening
from pyexplain.ops.working_set import run_hidden_slopes, run_sampled_product

from ..ops.twins import twin
from .emulation import SCHEDULES, emulated, emulated_kernel

N, P, K, H, MOST = 60, 40, 7, 5, 2.0
SETS = Sets((0, 1, 2, 3), (1, 2), 3, 12, 1.05, 9)
WEIGHTS = [1.0, 0.1, 0.05]
HERE = torch.device("cpu")


def problem(allowed: np.ndarray | None) -> Widening:
    """Leads of all sizes over users who have up to nine features."""
    generator = torch.Generator().manual_seed(4)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    layer = HiddenLayer(normal(N, 2 * H), normal(N, K), normal(N, K), normal(P, K) / 2, normal(H, K), normal(2 * H))
    layer.start[:] *= torch.linspace(0.1, 40, N)[:, None]
    value, slopes = run_hidden_slopes.twin(layer.start, layer.readout)
    back = slopes.view(N, 2, H) @ layer.hidden_map
    slope = back[:, 0] * layer.gate_one + back[:, 1] * layer.gate_two
    rows = np.random.default_rng(4)
    dense = np.zeros((N, P), np.float32)
    for row in dense:
        own = rows.choice(np.arange(P) if allowed is None else np.flatnonzero(allowed), rows.integers(0, 10), replace=False)
        row[own] = rows.uniform(0.2, MOST, len(own))
    has = SparseRows.from_dense(dense).tensors()
    has = SparseRows(has.offsets, has.indices, has.values.double(), P)
    return Widening(value, slope, layer, has, has, run_sampled_product.twin(slope, layer.feature_map, has), allowed, MOST)


def solved(of: Widening, sets: Sets) -> SparseRows:
    kernel = emulated_kernel("solve_widening", HERE, torch.float64)
    assert kernel is not None
    return run_solve_widening.native(kernel, of, sets, 25, WEIGHTS)


def margins(of: Widening, change: SparseRows) -> Tensor:
    """By the definition."""
    z = torch.from_numpy(change.dense()).double() @ of.layer.feature_map
    moved = torch.cat([(gate * z) @ of.layer.hidden_map.t() for gate in (of.layer.gate_one, of.layer.gate_two)], dim=1)
    return (of.layer.start + moved).clamp_min(0) @ of.layer.readout


@pytest.mark.parametrize("allowed", [None, np.arange(P) % 5 > 0], ids=["all", "some"])
def test_each_row_ends_where_the_stages_end(allowed: np.ndarray | None) -> None:
    of = problem(allowed)
    found = []
    for seed in SCHEDULES:
        emulated().schedule(seed)
        found.append(solved(of, SETS))
    for again in found[1:]:
        assert all(map(np.array_equal, found[0], again))
    wanted = twin("solve_widening")(of, SETS, 25, WEIGHTS)
    np.testing.assert_allclose(found[0].dense(), wanted.dense(), rtol=1e-5, atol=1e-6)
    flipped = [int((margins(of, solved(of, SETS._replace(stages=SETS.stages[:n]))) < 0).sum()) for n in range(1, 5)]
    assert flipped == sorted(set(flipped)), "a stage that no row needs"
    assert int((of.value < 0).sum()) < flipped[0] < flipped[-1] < N, "none that is not solved"


def test_more_changes_than_there_is_room_for_are_found_with_more(monkeypatch: pytest.MonkeyPatch) -> None:
    of = problem(None)
    wanted = solved(of, SETS)
    monkeypatch.setattr(module, "USUAL", 0)
    assert all(map(np.array_equal, solved(of, SETS), wanted))


def test_fewer_blocks_than_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    of = problem(None)
    wanted = solved(of, SETS)
    monkeypatch.setattr(module, "MOST_BLOCKS", 7)
    assert all(map(np.array_equal, solved(of, SETS), wanted))
