"""Which few features of each row are tried first; and that looking for them makes nothing of the size n x P."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.counterfactual import working_set
from pyexplain.explainers.counterfactual.settings import Box
from pyexplain.explainers.counterfactual.working_set import WorkingSet, own_features
from pyexplain.margin.affine import Tangent
from pyexplain.ops import HiddenLayer

Bool = npt.NDArray[np.bool_]
MOST = 5.0


def tangent_of(value: Tensor, slope: Tensor, feature_map: Tensor) -> Tangent:
    """A margin with that gradient: slope @ feature_map.T."""
    none = torch.zeros(len(value), 0)
    return Tangent(value, slope, HiddenLayer(none, none, none, feature_map, torch.zeros(0, feature_map.shape[1]), torch.zeros(0)))


def all_features(tangent: Tangent, rows: SparseRows, allowed: Bool | None = None) -> WorkingSet:
    return working_set.all_features(tangent.slope, tangent.layer.feature_map, rows.tensors(), Box(MOST, allowed=allowed))


def hardest_features(tangent: Tangent, rows: SparseRows, allowed: Bool | None, width: int) -> WorkingSet:
    return working_set.hardest_features(
        working_set.gradients_of(tangent.slope, tangent.layer.feature_map), rows.tensors(), Box(MOST, allowed=allowed), width
    )


def by_hand(value: float = 5.0) -> tuple[Tangent, SparseRows]:
    """f_u = (4, 2, 1, 0, 0), g = (1, -3, 2, 0, 0.5): features 0 and 2 can be taken away and bring 4 and 2, feature 1 can grow by 3
    and brings 9, the others bring nothing: one does nothing, the other would have to fall."""
    tangent = tangent_of(torch.tensor([value]), torch.tensor([[1.0, -3, 2, 0, 0.5]]), torch.eye(5))
    return tangent, SparseRows.from_dense([[4, 2, 1, 0, 0]])


@pytest.mark.parametrize(("least", "wanted"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 0]), (9, [1, 2, 0])])
def test_the_steepest_with_room_come_first_and_as_many_as_turn_the_margin_around(least: int, wanted: list[int]) -> None:
    """Feature 1 brings 9, enough for a margin of 5."""
    tangent, rows = by_hand()
    found = own_features(tangent, rows, Box(MOST)).steepest(tangent.value, least)
    assert found.has.indices.tolist() == wanted
    assert found.gradient.tolist() == [[1.0, -3, 2][k] for k in wanted]
    assert found.low.tolist() == [[-4.0, -2, -1][k] for k in wanted]
    assert found.high.tolist() == [[1.0, 3, 4][k] for k in wanted]


def test_more_are_taken_where_the_steepest_do_not_do() -> None:
    """With a margin of 9, times what is taken to be enough, feature 2 (which brings 2) has to help feature 1."""
    tangent, rows = by_hand(9.0)
    assert own_features(tangent, rows, Box(MOST)).steepest(tangent.value, 1).has.indices.tolist() == [1, 2]


def test_only_what_is_allowed_is_chosen() -> None:
    tangent, rows = by_hand()
    allowed = np.array([True, False, True, True, True])
    for found in (own_features(tangent, rows, Box(MOST, allowed=allowed)), all_features(tangent, rows, allowed)):
        assert 1 not in found.has.indices.tolist()
        assert found.steepest(tangent.value, 9).has.indices.tolist() == [2, 0]
    assert hardest_features(tangent, rows, allowed, 5).has.indices.tolist() == [2, 0]


def test_what_goes_whole_is_compared_by_what_it_costs() -> None:
    """f_u = (4, 1, 1), g = (2, 3, 6), and the last two go whole, each for 3: a unit of their cost brings 1 and 2."""
    tangent = tangent_of(torch.tensor([9.0]), torch.tensor([[2.0, 3, 6]]), torch.eye(3))
    box = Box(MOST, 3.0, np.array([False, True, True]))
    rows = SparseRows.from_dense([[4, 1, 1]]).tensors()
    for work in (
        own_features(tangent, rows, box),
        working_set.all_features(tangent.slope, tangent.layer.feature_map, rows, box),
    ):
        found = work.steepest(tangent.value, 1)
        assert found.has.indices.tolist() == [0, 2]  # 8 and 6 bring 9; in the order of their numbers where they pull alike
        assert found.whole is not None
        assert found.whole.tolist() == [False, True]
        assert found.high.tolist() == [1, 0]
    hardest = working_set.hardest_features(working_set.gradients_of(tangent.slope, tangent.layer.feature_map), rows, box, 2)
    assert hardest.has.indices.tolist() == [0, 2]


def drawn(n: int = 40, p: int = 90, k: int = 6) -> tuple[Tangent, SparseRows]:
    g = torch.Generator().manual_seed(0)
    value, slope, feature_map = (torch.randn(shape, generator=g) for shape in ((n,), (n, k), (p, k)))
    rng = np.random.default_rng(0)
    dense = rng.uniform(1, 5, (n, p)) * (rng.random((n, p)) < 0.2)
    dense[0] = 0
    return tangent_of(value.abs() * 40, slope, feature_map), SparseRows.from_dense(dense)


def expected(work: WorkingSet, margin: Tensor, least: int, most: int) -> list[list[int]]:
    """One row after the other, by the words of the docstring."""
    out = []
    for row in range(len(work)):
        part = slice(int(work.has.offsets[row]), int(work.has.offsets[row + 1]))
        room = torch.where(work.gradient[part] > 0, -work.low[part], work.high[part])
        pull = torch.where(room > 0, work.gradient[part].abs(), 0)
        chosen: list[int] = []
        brought = 0.0
        for place in pull.argsort(descending=True, stable=True).tolist():
            enough = len(chosen) >= least and brought >= working_set.ENOUGH * float(margin[row])
            if enough or len(chosen) == most or pull[place] <= 0:
                break
            chosen.append(int(work.has.indices[part][place]))
            brought += float(pull[place] * room[place])
        out.append(chosen)
    return out


@pytest.mark.parametrize("least", [1, 2, 24])
def test_rows_of_many_lengths_are_as_chosen_one_by_one(least: int) -> None:
    tangent, rows = drawn()
    for work in (own_features(tangent, rows, Box(MOST)), all_features(tangent, rows)):
        found = work.steepest(tangent.value, least)
        assert [found.has.row(row)[0].tolist() for row in range(len(found))] == expected(
            work, tangent.value, least, working_set.WIDEST
        )
        some = torch.tensor([3, 0, 3, 17])
        again = work.select(some).steepest(tangent.value[some], least)
        assert [again.has.row(k)[0].tolist() for k in range(4)] == [found.has.row(row)[0].tolist() for row in some.tolist()]


def test_the_hardest_of_all_are_found_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    tangent, rows = drawn()
    wanted = expected(all_features(tangent, rows), tangent.value + 1e9, 7, 7)
    for block, at_once in ((4096, 256), (16, 9), (4, 1)):
        monkeypatch.setattr(working_set, "FEATURES", block)
        monkeypatch.setattr(working_set, "ROWS", at_once)
        found = hardest_features(tangent, rows, None, 7)
        assert [found.has.row(row)[0].tolist() for row in range(len(found))] == wanted
        at = found.has.row_indices()
        np.testing.assert_array_equal(found.has.values, rows.dense()[at, found.has.indices])
        torch.testing.assert_close(found.gradient, tangent.gradient(found.has))


def test_the_gradient_beside_sparse_rows_is_that_of_the_whole_product() -> None:
    tangent, rows = drawn()
    there = rows.tensors()
    wanted = tangent.slope @ tangent.layer.feature_map.T
    torch.testing.assert_close(tangent.gradient(there), wanted[there.row_indices(), there.indices])
    some = torch.tensor([5, 2])
    torch.testing.assert_close(tangent.select(some).slope, tangent.slope[some])
