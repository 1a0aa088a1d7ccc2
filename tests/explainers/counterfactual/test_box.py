"""The box of a change follows from the kinds of features."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain.data.counts import with_counts
from pyexplain.data.settings import user_strength
from pyexplain.data.types import Dataset
from pyexplain.explainers.counterfactual.search import solve_by_questions
from pyexplain.explainers.counterfactual.settings import Box, SolverSettings
from pyexplain.explainers.counterfactual.solve import solve
from pyexplain.explainers.counterfactual.until import Until, solve_until
from pyexplain.explainers.order import Order
from pyexplain.explainers.types import Explanations

from ...worlds import small_world
from ..toys import Additive, Relu, all_pairs


def test_words_move_up_and_down_and_history_only_away() -> None:
    data = small_world().with_kinds(("history", "word"))
    box, n = Box.of(data), data.n_items
    columns = torch.tensor([0, n - 1, n, n + 1])
    whole = box.goes_whole(columns)
    assert whole is not None
    assert whole.tolist() == [True, True, False, False]
    assert box.high(torch.tensor([1.0, 0, 2, 0]), whole).tolist() == [0, 0, 3, 5]
    assert box.unit == pytest.approx(2.8485, abs=1e-4)  # one mention, eq. (1)
    assert box.unit == user_strength(1, 5.0)
    assert Box.of(with_counts(data)).unit == 1  # where users hold counts


def test_without_history_nothing_goes_whole_and_all_may_change() -> None:
    box = Box.of(small_world())
    assert box.goes_whole(torch.arange(3)) is None
    assert box.may(torch.arange(3)) is None
    assert box.n_allowed(7) == 7


def test_what_is_allowed_is_asked_of_the_columns() -> None:
    data = small_world()
    allowed = np.zeros(data.n_features, dtype=bool)
    allowed[2] = True
    box = Box.of(data, allowed)
    may = box.may(torch.tensor([1, 2]))
    assert may is not None
    assert may.tolist() == [False, True]
    assert box.n_allowed(data.n_features) == 1
    own = box.own(data.user_features)
    assert set(own.indices.tolist()) == {2}


def assert_whole(found: Explanations, data: Dataset) -> None:
    """History is taken away, whole, from who has it; words stay within 0..T."""
    assert found.change is not None
    history = data.features.where_kind("history")
    assert history is not None
    column, value = found.change.indices, found.change.values
    has = data.user_features.select(found.users).dense()[found.change.row_indices(), column]
    assert set(value[history[column]].tolist()) == {-1.0}
    assert bool((has[history[column]] == 1).all())
    assert bool(((has + value >= -1e-5) & (has + value <= 5 + 1e-5)).all())


@pytest.mark.parametrize("until", ["first", "leaves-top-3"])
@pytest.mark.parametrize("model", [Additive, Relu, "asked"])
def test_until_the_catalogue_agrees(model: type | str, until: str) -> None:
    data = small_world().with_kinds(("word", "history"))
    recommender = Relu(data, fast=False) if isinstance(model, str) else model(data)
    order = Order(recommender, data)
    items, _ = order.best(np.arange(20), 2)
    pairs = np.stack([np.repeat(np.arange(20), 2), items.ravel()], axis=1)
    found = solve_until(recommender, data, pairs, order.foil(pairs).items, Until.parse(until), SolverSettings())
    assert_whole(found, data)
    assert found.valid is not None
    assert found.valid.mean() > 0.6


def test_by_questions_alone() -> None:
    data = small_world().with_kinds(("word", "history"))
    pairs, against = all_pairs(data, 60)
    found, _ = solve_by_questions(Relu(data), data, pairs, against)
    assert_whole(found, data)
    assert found.valid is not None
    assert found.margin_before is not None
    assert found.valid[found.margin_before > 0.01].mean() > 0.8


@pytest.mark.parametrize("solver", ["linearized", "adam"])
def test_without_a_linear_user_side(solver: str) -> None:
    data = small_world().with_kinds(("word", "history"))
    pairs, against = all_pairs(data, 60)
    found = solve(Relu(data, fast=False), data, pairs, against, SolverSettings(solver=solver))
    assert_whole(found, data)
    assert found.valid is not None
    assert found.margin_before is not None
    assert found.valid[found.margin_before > 0.01].mean() > 0.8
