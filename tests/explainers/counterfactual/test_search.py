"""Counterfactuals by questions: known answers, honest budgets, no dependence on the batch, and the gradient solver beside it."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain import RunOptions, UsageError
from pyexplain.explainers import QuerySettings, solve, solve_by_questions
from pyexplain.explainers.types import Explanations
from pyexplain.registry import load_registry

from ...worlds import small_world
from ..toys import Linear, Relu, all_pairs, world_with

PAIR, OTHER = np.array([[0, 0]]), np.array([1])
DATA = small_world()


def change(found: Explanations) -> np.ndarray:
    assert found.change is not None
    return found.change.dense()


def test_of_two_features_the_one_that_does_it_alone_is_reduced_as_far_as_needed() -> None:
    """Margin 8 + 1 from (4, 2): taking all of feature 0 away would bring -8, of which 7.99... are not needed beyond the flip."""
    data = world_with([[4, 2, 0]])
    found, questions = solve_by_questions(Linear(data, [[2, 0.5], [1, 1, 0]]), data, PAIR, OTHER)
    # margin = (2 - 1) 4 + (0.5 - 1) 2 = 3: feature 0 has to fall by 3, and a bisection of six steps ends within 4 / 64 of it
    assert found.margin_before == pytest.approx([3])
    assert -3 - 4 / 64 <= change(found)[0, 0] <= -3
    assert (change(found)[0, 1:] == 0).all()
    assert found.valid.all()
    assert 4 <= questions[0] <= 20


def test_features_that_the_user_never_wrote_about_come_last_and_only_where_allowed() -> None:
    data = world_with([[4, 0, 0]])
    model = Linear(data, [[0.1, 0, 0], [0, 0, 1]])  # margin .4; own feature brings it to 0, feature 2 below
    first, _ = solve_by_questions(model, data, PAIR, OTHER)
    assert change(first)[0, 2] > 0
    assert first.valid.all()
    only, _ = solve_by_questions(model, data, PAIR, OTHER, QuerySettings(own="only"))
    assert not only.valid.any()
    assert only.margin_after == pytest.approx([0], abs=1e-6)
    assert "no allowed change" in only.notes[0]
    allowed = np.ones(data.n_features, dtype=bool)
    allowed[2] = False
    barred, _ = solve_by_questions(model, data, PAIR, OTHER, allowed=allowed)
    assert change(barred)[0, 2] == 0


def test_who_prefers_the_other_already_is_asked_once() -> None:
    data = world_with([[4, 2, 0]])
    found, questions = solve_by_questions(Linear(data, [[0, 0], [1, 0]]), data, PAIR, OTHER)
    assert questions.tolist() == [1]
    assert len(found.weights.indices) == 0
    assert "already" in found.notes[0]


@pytest.mark.parametrize("budget", [2, 7, 30, 600])
def test_nothing_is_said_to_flip_that_does_not_and_the_budget_holds(budget: int) -> None:
    pairs, against = all_pairs(DATA, 150)
    model = Relu(DATA)
    found, questions = solve_by_questions(model, DATA, pairs, against, QuerySettings(budget=budget))
    assert questions.max() <= budget
    again = model_margins(model, pairs, against, DATA.user_features.select(pairs[:, 0]).dense() + change(found))
    np.testing.assert_array_equal(found.valid, (found.margin_before > 0) & (again < 0))
    np.testing.assert_allclose(found.margin_after, again, atol=1e-5)
    changed = DATA.user_features.select(pairs[:, 0]).dense() + change(found)
    assert changed.min() >= 0
    assert changed.max() <= 5


def model_margins(model, pairs, against, features) -> np.ndarray:
    import torch

    users, items, others = (torch.from_numpy(np.ascontiguousarray(c)) for c in (pairs[:, 0], pairs[:, 1], against))
    f_u = torch.from_numpy(features.astype(np.float32))
    return (model.scores(users, items, f_u) - model.scores(users, others, f_u)).detach().numpy()


def test_a_larger_budget_finds_no_less() -> None:
    pairs, against = all_pairs(DATA, 150)
    shares = [
        solve_by_questions(Relu(DATA), DATA, pairs, against, QuerySettings(budget=budget))[0].valid.mean()
        for budget in (2, 10, 600)
    ]
    assert shares[0] < shares[2]
    assert shares[1] <= shares[2]


def test_rows_do_not_depend_on_the_batch_or_on_memory() -> None:
    pairs, against = all_pairs(DATA, 40)
    whole, asked = solve_by_questions(Relu(DATA), DATA, pairs, against)
    for k in range(0, 40, 7):
        alone, once = solve_by_questions(Relu(DATA), DATA, pairs[k : k + 1], against[k : k + 1], max_memory=1)
        np.testing.assert_allclose(change(alone)[0], change(whole)[k], atol=1e-5)
        assert once[0] == asked[k]
    nothing, none = solve_by_questions(Relu(DATA), DATA, pairs[:0], against[:0])
    assert len(nothing) == len(none) == 0


def test_beside_the_gradient_solver() -> None:
    """Of a trained network: most of the pairs flip that gradients flip, at about the length, for a few dozen questions."""
    cls = load_registry(strict=True).get("recommender", "vbpr")
    recommender = cls(cls.Config(dim=8, epochs=30, batch_size=32, patience=0, learning_rate=0.01))
    recommender.fit(DATA, RunOptions(seed=2))
    pairs, against = all_pairs(DATA, 200)
    asked, questions = solve_by_questions(recommender, DATA, pairs, against)
    solved = solve(recommender, DATA, pairs, against)
    assert asked.valid.mean() >= solved.valid.mean() - 0.1
    both = asked.valid & solved.valid & (solved.margin_before >= 0)
    assert both.sum() > 20
    assert np.abs(change(asked)[both]).sum() <= 1.5 * np.abs(change(solved)[both]).sum()
    assert np.median(questions) < 100


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="budget >= 2"):
        QuerySettings(budget=1)
