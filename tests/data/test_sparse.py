"""Sparse rows: what is refused, every operation against the dense matrix, and the same from arrays and from tensors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import ops
from pyexplain.data.sparse import SparseRows, apply_change, exact_change
from pyexplain.data.views import shared
from pyexplain.recommenders.networks import FeatureRows


def drawn(n: int = 7, p: int = 5, seed: int = 0) -> SparseRows:
    """Some rows empty."""
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(n, p)) * (rng.random((n, p)) < 0.4)
    dense[[0, n // 2, n - 1]] = 0
    return SparseRows.from_dense(dense)


def same(found: SparseRows, wanted: np.ndarray) -> None:
    np.testing.assert_array_equal(found.arrays().dense(), wanted)
    assert (np.diff(found.arrays().offsets) == (wanted != 0).sum(axis=1)).all()


@pytest.mark.parametrize(
    ("offsets", "indices", "values", "words"),
    [
        ([1, 2], [0], [1.0], "starts at 0"),
        ([0, 2, 1], [0], [1.0], "ascending row"),
        ([0, 2], [0], [1.0], "offsets end at 2"),
        ([0, 1], [3], [1.0], r"in 0\.\.2, got 3\.\.3"),
        ([0, 1], [0], [np.inf], "finite"),
        ([0, 2], [1, 0], [1.0, 1.0], "ascending and unique"),
        ([0, 2], [1, 1], [1.0, 1.0], "ascending and unique"),
    ],
)
def test_what_is_not_sparse_rows_is_refused(offsets: list[int], indices: list[int], values: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SparseRows(np.array(offsets), np.array(indices), np.array(values, dtype=np.float32), 3)


def test_each_operation_is_that_of_the_dense_matrix_in_both_views() -> None:
    rows, chosen = drawn(), np.array([5, 0, 2, 2, 6])
    dense, kept = rows.dense(), rows.values > 0
    for view, pick, mask in (
        (rows, chosen, kept),
        (rows.tensors(), torch.from_numpy(chosen), torch.from_numpy(kept)),
    ):
        assert view.shape == dense.shape
        assert view.counts.tolist() == (dense != 0).sum(axis=1).tolist()
        assert view.row_indices().tolist() == np.nonzero(dense)[0].tolist()
        same(view, dense)
        same(view.select(pick), dense[chosen])
        assert view.values[view.entries(pick)].tolist() == view.select(pick).values.tolist()
        same(view.where(mask), np.maximum(dense, 0))
        same(SparseRows.stacked([view, view.select(pick)]), np.concatenate([dense, dense[chosen]]))
        assert view.row(1)[0].tolist() == np.flatnonzero(dense[1]).tolist()


def test_the_views_share_their_memory_on_the_processor() -> None:
    rows = drawn()
    there = rows.tensors()
    assert there.values.data_ptr() == rows.values.ctypes.data
    assert there.arrays().values.ctypes.data == rows.values.ctypes.data
    assert rows.arrays() is rows


def test_an_array_that_may_not_be_written_is_shared_without_a_warning() -> None:
    kept = np.arange(3.0)
    kept.flags.writeable = False
    assert shared(kept).data_ptr() == kept.ctypes.data
    assert shared(kept[:0]).numel() == 0


def test_rows_made_of_bare_tensors_are_told_how_wide_they_are() -> None:
    bare = ops.Rows(torch.tensor([0, 1]), torch.tensor([2]), torch.tensor([4.0], dtype=torch.float64))
    assert bare.dense(4).tolist() == [[0.0, 0.0, 4.0, 0.0]]
    assert bare.dense(4).dtype == torch.float64
    with pytest.raises(ValueError, match="say how many"):
        bare.dense()


def test_the_former_classes_are_other_names() -> None:
    assert FeatureRows is ops.Rows is px.data.TensorRows is SparseRows
    offsets, indices, values = FeatureRows.of(drawn(), "cpu")
    assert len(indices) == len(values) == int(offsets[-1])


def test_a_change_is_added_and_leaves_nothing_where_it_takes_a_value_away() -> None:
    rows, change = SparseRows.from_dense([[1.0, 0.3, 0.0]]), SparseRows.from_dense([[0.5, -0.3 + 1e-8, 2.0]])
    np.testing.assert_allclose(apply_change(rows, change).dense(), [[1.5, 0.0, 2.0]])
    assert exact_change(rows, change).dense()[0, 1] == np.float32(-0.3)
    with pytest.raises(ValueError, match="their change is"):
        apply_change(rows, drawn())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("n", "p"), [(1, 1), (9, 1), (7, 5), (40, 30)])
def test_changes_of_cells_that_are_there_and_of_others_are_those_of_the_dense_matrix(n: int, p: int, seed: int) -> None:
    rows, change = (drawn(n, p, 2 * seed + more) for more in (0, 1))
    before, by = rows.dense(), change.dense()
    taken = (before != 0) & (by != 0) & (np.arange(p) % 2 == 0)  # these are taken away whole, but for rounding
    by[taken] = -before[taken] + 1e-8
    wanted = before + np.where(taken, -before, by)
    same(apply_change(rows, SparseRows.from_dense(by)), wanted)
    exact = exact_change(rows, SparseRows.from_dense(by)).dense()
    np.testing.assert_array_equal(exact, np.where(taken, -before, by))
    nothing = SparseRows.empty((n, p))
    same(apply_change(rows, nothing), before)
    same(apply_change(nothing, rows), before)


@pytest.mark.parametrize("p", [30, 2**62])
def test_triples_in_any_order_are_the_same_rows(p: int) -> None:
    rows, rng = drawn(40, 30, 3), np.random.default_rng(3)
    row, column, value = rows.row_indices(), rows.indices * (p // 30), rows.values
    for order in (np.arange(len(row)), rng.permutation(len(row))):
        given = row[order].copy(), column[order].copy(), value[order].copy()
        found = SparseRows.from_triples(*given, (40, p))
        for part in given:
            part[:] = 0  # nothing of what was given is kept
        for a, b in zip(found, (rows.offsets, column, value), strict=True):
            np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="unique"):
        SparseRows.from_triples([1, 1], [2, 2], [1.0, 2.0], (3, p))
    with pytest.raises(ValueError, match="indices must lie"):
        SparseRows.from_triples([1, 2], [2, p], [1.0, 2.0], (3, p))


def test_data_do_not_import_torch() -> None:
    script = (
        "import sys, pyexplain.data.sparse as s\n"
        "s.SparseRows.from_dense([[1.0, 0.0]]).select([0]).dense()\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_other_values_stand_in_the_same_cells() -> None:
    rows = SparseRows.from_dense([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
    assert rows.with_values(np.array([4, 5, 6], np.float32)).dense().tolist() == [[4, 0, 5], [0, 6, 0]]
    for wrong in ([1.0, 2.0], [1.0, np.nan, 2.0]):
        with pytest.raises(ValueError, match="wanted 3 finite values"):
            rows.with_values(np.array(wrong, np.float32))


def test_rows_are_shown_in_one_line() -> None:
    assert repr(SparseRows.from_dense(np.eye(1200))) == "<SparseRows [1,200, 1,200], 1,200 entries>"
    assert repr(drawn().tensors()).startswith("<SparseRows [7, 5], ")
