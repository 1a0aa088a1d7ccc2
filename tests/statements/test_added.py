"""What features add to leads: the contributions, whatever is asked about first and however many there are."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.explainers.order import Order
from pyexplain.margin import Margin, contributions
from pyexplain.statements.added import TOGETHER, Added
from pyexplain.statements.facts import Checker

from ..explainers.toys import Relu
from ..worlds import small_world

DATA = small_world()


def posed(n: int) -> tuple[Checker, Added, np.ndarray, np.ndarray]:
    """n questions about the best items, what is added, and the same asked of the margin all at once."""
    checker = Checker(Order(Relu(DATA), DATA))
    users = np.arange(n) % DATA.n_users
    items = checker.order.best(users, 2)[0][:, 0]
    questions = checker.pose(np.stack([users, items], axis=1))
    wanted = contributions(checker.order.recommender, DATA, np.stack([users, items], axis=1), questions.back).values.dense()
    return checker, Added(checker.order.recommender, DATA, questions, 2**20), wanted, questions.back


@pytest.mark.parametrize("n", [3, TOGETHER + 5])
def test_they_are_the_contributions(n: int) -> None:
    _, added, wanted, _ = posed(n)
    rows, features = (part.ravel() for part in np.meshgrid(np.arange(n), np.arange(DATA.n_features), indexing="ij"))
    np.testing.assert_allclose(added.at(rows, features), wanted[rows, features], atol=1e-6)
    for row in (n - 1, 0):
        columns, values = added.of(row)
        np.testing.assert_allclose(values, wanted[row, columns], atol=1e-6)
    assert len(added.at(rows[:0], features[:0])) == 0


def test_few_questions_are_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from pyexplain.statements import added as module

    _, added, _, _ = posed(3)
    calls = []
    monkeypatch.setattr(module, "contributions", lambda *a, **k: calls.append(1) or contributions(*a, **k))
    added.at(np.array([1]), np.array([0]))
    for row in (0, 2):
        assert added.of(row)[0].size
    assert len(calls) == 1


def test_slopes_of_a_margin_at_hand_are_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = px.train(DATA, epochs=2, dim=4)
    recommender, users = run.recommender, np.arange(DATA.n_users)
    checker = Checker(Order(recommender, run.data))
    pairs = np.stack([users, checker.order.best(users, 2)[0][:, 0]], axis=1)
    questions = checker.pose(pairs)
    given = recommender, run.data, questions, 2**20
    margin = Margin.of(recommender, run.data, pairs, questions.back)
    assert margin.slopes is not None
    wanted = Added(*given)
    cells = [part.ravel() for part in np.meshgrid(np.arange(len(users)), np.arange(run.data.n_features), indexing="ij")]
    expected = wanted.at(*cells), [wanted.of(row) for row in range(len(users))]
    assert np.count_nonzero(expected[0]) > len(users)
    calls = []
    slopes = type(recommender).linear_slopes
    monkeypatch.setattr(type(recommender), "linear_slopes", lambda self, *given: calls.append(1) or slopes(self, *given))
    found = Added(*given, margin)
    np.testing.assert_array_equal(found.at(*cells), expected[0])
    for row, (columns, values) in enumerate(expected[1]):
        np.testing.assert_array_equal(found.of(row)[0], columns)
        np.testing.assert_array_equal(found.of(row)[1], values)
    assert not calls


def test_of_a_pair_the_slopes_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = px.train(DATA, epochs=2, dim=4), []
    slopes = type(run.recommender).linear_slopes
    monkeypatch.setattr(type(run.recommender), "linear_slopes", lambda self, *given: calls.append(1) or slopes(self, *given))
    user = DATA.users[0]
    run.explain(user, run.recommend(user, 1)[0][0])
    assert len(calls) == 1
