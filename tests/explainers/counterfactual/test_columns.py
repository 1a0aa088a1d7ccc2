"""Which few features may change where several items stand in the way: what gradients say, with and without dense ones."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.counterfactual.columns import (
    ColumnFinder,
    Columns,
    ends,
    put_rows,
    stacked,
    strongest,
    table,
    values_at,
)
from pyexplain.explainers.counterfactual.settings import Box

from ...worlds import small_world
from ..toys import Relu, all_pairs


def test_tables_and_values_by_hand() -> None:
    rows = SparseRows.from_dense([[0, 2, 0, 3], [0, 0, 0, 0], [5, 0, 0, 0]])
    assert table(rows.offsets, rows.indices, -1).tolist() == [[1, 3], [-1, -1], [0, -1]]
    assert values_at(rows, np.array([[3, 0], [1, 1], [0, 3]])).tolist() == [[3, 0], [0, 0], [5, 0]]
    assert strongest(np.array([[4, 7, 9]]), np.array([[1.0, 0, 3]]), 2).tolist() == [[9, 4]]
    assert strongest(np.array([[4, 7]]), np.array([[1.0, 0]]), 5).tolist() == [[4, -1]]
    assert stacked([np.array([[1]]), np.array([[2, 3]])]).tolist() == [[1, -1], [2, 3]]
    again = put_rows(rows, np.array([2, 0]), SparseRows.from_dense([[0, 0, 0, 1], [0, 0, 0, 0]]))
    assert again.dense().tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_ends_are_those_of_the_box() -> None:
    box = Box(5.0, whole=np.array([False, False, True]), allowed=np.array([True, False, True]))
    low, high = ends(box, np.array([[2.0, 1, 1]]), np.array([[0, 1, 2]]))
    assert low.tolist() == [[-2, 0, -1]]
    assert high.tolist() == [[3, 0, 0]]


def found(fast: bool, own: bool) -> Columns:
    data = small_world(n_features=60)
    pairs, behind = all_pairs(data, 60)
    return ColumnFinder(Relu(data, fast=fast), data, Box.of(data), 2**20).find(pairs, behind, own)


@pytest.mark.parametrize("own", [True, False])
def test_sparse_and_dense_gradients_choose_alike(own: bool) -> None:
    one, two = found(True, own), found(False, own)
    for left, right in ((one.low, two.low), (one.high, two.high)):
        sides = [np.zeros((60, 60), np.float32) for _ in range(2)]
        for out, columns, values in zip(sides, (one.columns, two.columns), (left, right), strict=True):
            np.add.at(out, (np.arange(60)[:, None], columns), values)
        assert (np.abs(sides[0] - sides[1]).max(axis=1) < 1e-6).mean() > 0.95  # but for a tie at the end
        assert (np.abs(sides[0]) > 0).sum() > 60
