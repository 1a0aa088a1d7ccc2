"""The smallest sets where only questions tell: what is asked about, in which order, and what a small budget leaves unproved."""

from __future__ import annotations

import numpy as np

from pyexplain.explainers.counterfactual.removal_questions import smallest_by_questions


class Pairs:
    """Reached by the sets that hold both of the wanted ones; how near is what single ones are worth."""

    def __init__(self, worth: list[float], wanted: tuple[int, ...]) -> None:
        self.worth, self.wanted, self.asked = np.array(worth), list(wanted), 0

    def __call__(self, sets: np.ndarray) -> np.ndarray:
        self.asked += len(sets)
        return np.where(sets[:, self.wanted].all(axis=1), 1.0, sets @ self.worth - 10)


def test_a_single_one_is_enough_and_nothing_else_is_asked() -> None:
    ask = Pairs([3, 2, 1], (1,))
    found = smallest_by_questions(ask, 3, 100)
    assert (found.chosen.tolist(), found.reached, found.proved, ask.asked) == ([False, True, False], True, True, 3)


def test_less_than_greedy_is_found_where_the_budget_lasts() -> None:
    """Greedy takes the dearest first and gives back what is not needed: the two that are are left."""
    ask = Pairs([3, 2, 1, 0], (2, 3))
    found = smallest_by_questions(ask, 4, 100)
    assert (found.chosen.tolist(), found.reached, found.proved) == ([False, False, True, True], True, True)


def test_what_was_not_asked_is_not_proved() -> None:
    three = smallest_by_questions(Pairs([3, 2, 1, 0, 0], (2, 3, 4)), 5, 5)
    assert (three.chosen.sum(), three.reached, three.proved) == (3, True, False)
    never = [smallest_by_questions(Pairs([0, 0, 0], (0, 1, 2)), 3, 100)]
    assert (never[0].reached, never[0].proved) == (True, True)
    out = smallest_by_questions(lambda sets: np.full(len(sets), -1.0), 4, 100)
    assert (out.reached, out.proved, out.chosen.any()) == (False, True, False)
    few = smallest_by_questions(lambda sets: np.full(len(sets), -1.0), 4, 4)
    assert (few.reached, few.proved) == (False, False)


def test_nothing_to_take_away() -> None:
    found = smallest_by_questions(Pairs([], ()), 0, 100)
    assert (found.reached, found.proved, len(found.chosen)) == (False, True, 0)
