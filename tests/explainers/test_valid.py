"""`valid` says that the order was turned around: the item was ahead, and no longer is. For whoever sets it."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data import SparseRows
from pyexplain.data.sparse import apply_change, exact_change
from pyexplain.explainers import solve, solve_by_questions
from pyexplain.explainers.types import Explanations, turned_around
from pyexplain.margin.margin import Margin

from ..worlds import small_world
from .toys import Linear, Relu, all_pairs, world_with

DATA = small_world()
PAIRS, AGAINST = all_pairs(DATA, 200)
PAIR, OTHER = np.array([[0, 0]]), np.array([1])


def everybody(pairs: np.ndarray, against: np.ndarray) -> dict[str, Explanations]:
    """Whoever sets it, on these pairs."""
    model = Relu(DATA)
    return {
        "solver": solve(model, DATA, pairs, against),
        "published solver": solve(model, DATA, pairs, against, px.explainers.SolverSettings(solver="adam")),
        "items": solve(model, DATA, pairs, against, side="item"),
        "questions": solve_by_questions(model, DATA, pairs, against)[0],
    } | {name: px.explain_model(model, DATA, name).explainer().explain(pairs, against) for name in ("cnr", "cer", "black-box")}


def test_an_item_that_is_behind_already_is_not_turned_around() -> None:
    behind = Margin.of(Relu(DATA), DATA, PAIRS, AGAINST).value() < 0
    assert 20 < behind.sum() < 180
    for name, found in everybody(PAIRS, AGAINST).items():
        assert found.notes is not None
        np.testing.assert_array_equal(found.valid, (found.margin_before > 0) & (found.margin_after < 0), err_msg=name)
        assert not found.valid[behind].any(), name
        assert found.valid[~behind].any(), name
        assert all("the other item is ahead already" in found.notes[row] for row in np.flatnonzero(behind)), name
        assert len(found.select(np.flatnonzero(behind)).change.indices) == 0, name


def test_items_that_score_alike_are_not_either() -> None:
    data = world_with([[4, 2, 0]])
    for found in (solve(Linear(data, []), data, PAIR, OTHER), solve_by_questions(Linear(data, []), data, PAIR, OTHER)[0]):
        assert not found.valid[0]
        assert found.notes == ("the model scores both items alike",)
    assert turned_around(np.array([1.0, 0, 1, -1]), np.array([-1.0, -1, 0, -2])).tolist() == [True, False, False, False]


def test_nothing_changes_by_minus_nothing() -> None:
    rows = SparseRows(np.array([0, 2]), np.array([1, 3]), np.array([-0.0, 2.0], np.float32), DATA.n_features)
    found = Explanations("x", PAIR[:, 0], PAIR[:, 1], rows, "", OTHER, rows, *(np.array([-0.0], np.float32) for _ in range(2)))
    for values in (found.weights.values, found.change.values, found.margin_before, found.margin_after):
        assert not np.signbit(values).any()
    assert np.signbit(rows.values[0])  # what was handed in is left alone


def test_what_is_taken_away_is_taken_away_whole() -> None:
    """2.85 less 2.8500001 is no "-0.0" that somebody is told."""
    rows = SparseRows.from_dense([[2.85, 1.0, 0.0, 4.0]])
    change = SparseRows(np.array([0, 4]), np.arange(4), np.array([-2.8500001, 0.5, 0.25, 0.0], np.float32), 4)
    exact = exact_change(rows, change)
    assert exact.indices.tolist() == [0, 1, 2]
    assert float(rows.values[0]) + float(exact.values[0]) == 0
    none = SparseRows.empty((1, 4))
    assert exact_change(none, SparseRows.from_dense([[0, 1, 0, 0]])).indices.tolist() == [1]


@pytest.mark.parametrize("name", ["cnr", "cer", "black-box"])
def test_values_after_a_change_are_zero_or_above(name: str) -> None:
    found = px.explain_model(Relu(DATA), DATA, name).explainer().explain(PAIRS, AGAINST)
    base = DATA.user_features.select(PAIRS[:, 0]) if found.side == "user" else DATA.item_features.select(PAIRS[:, 1])
    after = base.dense().astype(np.float64) + found.change.dense()
    assert not (np.signbit(after) & (np.abs(after) < 1e-5)).any()
    assert apply_change(base, found.change).values.min() > 0
