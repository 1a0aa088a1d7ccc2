"""Places after a change, asked of the items alone that may come so far, are the places among all."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.answers import answer
from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.order import Order
from pyexplain.recommenders.base import Recommender
from pyexplain.statements import contenders
from pyexplain.statements.changes import After
from pyexplain.statements.facts import Checker
from tests.worlds import small_world

METHODS = ["hybrid", "cnr"]


@pytest.fixture(scope="module", params=METHODS)
def run(request: pytest.FixtureRequest) -> px.Run:
    return px.train(small_world(), request.param, epochs=3, dim=8)


def after(run: px.Run, recommender: Recommender | None = None) -> After:
    """Of every pair that is not liked: of some, the item is not in the list."""
    pairs = np.stack(np.divmod(np.arange(run.data.n_users * run.data.n_items), run.data.n_items), axis=1)
    pairs = pairs[~np.isin(pairs @ [run.data.n_items, 1], run.data.train @ [run.data.n_items, 1])]
    checker = Checker(Order(recommender or run.recommender, run.data))
    return answer(checker, run.explainer(), pairs, None, 3).facts.after


def test_places_are_those_of_asking_about_all(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    most = type(run.recommender).most_lifted
    monkeypatch.setattr(type(run.recommender), "most_lifted", lambda self, *given: asked.append(1) or most(self, *given))
    few = after(run)
    assert asked
    monkeypatch.setattr(type(run.recommender), "most_lifted", lambda self, *given: None)
    whole = after(run)
    assert whole.front.max() > 3
    assert (whole.front > 0).sum() > 50
    monkeypatch.setattr(contenders, "MOST_CELLS", 7)
    monkeypatch.setattr(type(run.recommender), "most_lifted", lambda self, *given: most(self, *given).dense())
    parted = after(run)
    for name in ("flips", "front", "back", "before"):
        np.testing.assert_array_equal(getattr(parted, name), getattr(whole, name))
        np.testing.assert_array_equal(getattr(few, name), getattr(whole, name))


def counted(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets how many items each further question is about."""
    asked: list[int] = []
    scores_in = type(run.recommender).scores_in
    monkeypatch.setattr(
        type(run.recommender),
        "scores_in",
        lambda self, cells, *given: asked.append(len(cells.indices)) or scores_in(self, cells, *given),
    )
    return asked


def test_a_nearer_bound_gives_the_same_places_and_leaves_less_to_ask(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(run, monkeypatch)
    usual, before = after(run), sum(asked)
    asked.clear()
    monkeypatch.setattr(contenders, "MANY", 2)
    nearer = after(run)
    for name in ("flips", "front", "back", "before"):
        np.testing.assert_array_equal(getattr(nearer, name), getattr(usual, name))
    assert sum(asked) <= before
    if run.method == "hybrid":
        assert sum(asked) < 0.8 * before


def test_a_nearer_bound_is_made_once_for_the_same_change_of_a_user() -> None:
    change = SparseRows.from_dense([[0, -1, 0], [0, -1, 0], [0, -1, 0], [0, -2, 0], [0, -1, 3], [0, -1, 3]])
    first, which = contenders._distinct(np.array([4, 4, 7, 4, 4, 4]), change)
    assert first[which].tolist() == [0, 0, 2, 3, 4, 4]


def test_few_items_are_asked_about(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = counted(run, monkeypatch)
    rows = int((after(run).front > 0).sum())
    assert sum(asked) < rows * run.data.n_items
