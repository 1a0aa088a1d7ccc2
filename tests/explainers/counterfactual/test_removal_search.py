"""The smallest sets of what adds up: by hand, against all sets, and what is not proved where the search may not look."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pyexplain.explainers.counterfactual.removal_search import smallest_removal


def by_trying_all(lead: np.ndarray, gains: np.ndarray, k: int) -> int | None:
    """The size of the smallest set; None where no set does."""
    for size in range(len(gains) + 1):
        for rows in itertools.combinations(range(len(gains)), size):
            if (lead + gains[list(rows)].sum(axis=0) > 0).sum() >= k:
                return size
    return None


def test_by_hand() -> None:
    """Two others have to get ahead. The first thing brings one of them, the second the other, the third both, nearly."""
    lead, gains = np.array([-1.0, -1.0, -9.0]), np.array([[2.0, 0, 0], [0, 2, 0], [0.9, 0.9, 0]])
    found = smallest_removal(lead, gains, 2, 100)
    assert (found.chosen.tolist(), found.reached, found.proved) == ([True, True, False], True, True)
    assert smallest_removal(lead, gains, 1, 100).chosen.sum() == 1
    never = smallest_removal(lead, gains, 3, 100)
    assert (never.chosen.any(), never.reached, never.proved) == (False, False, True)
    already = smallest_removal(np.array([1.0, 1.0]), gains[:, :2], 2, 100)
    assert (already.chosen.any(), already.reached, already.proved) == (False, True, True)


def test_a_tie_reaches_nothing_and_slack_asks_for_more() -> None:
    lead, gains = np.array([-1.0]), np.array([[1.0], [0.5]])
    assert smallest_removal(lead, gains, 1, 100).chosen.tolist() == [True, True]
    assert not smallest_removal(lead, gains, 1, 100, slack=0.5).reached


def test_of_single_ones_that_do_the_one_that_brings_the_farthest() -> None:
    found = smallest_removal(np.array([-1.0, -2.0]), np.array([[2.0, 0], [0, 9.0], [0, 2.5]]), 1, 100)
    assert found.chosen.tolist() == [False, True, False]


@pytest.mark.parametrize("seed", range(60))
def test_against_all_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, others, k = int(rng.integers(1, 9)), int(rng.integers(1, 25)), int(rng.integers(1, 6))
    gains = rng.normal(0, 1, (size, others)) - 0.2 * rng.random()
    lead = -rng.gamma(2, 0.8 * rng.random() + 0.2, others)
    found, wanted = smallest_removal(lead, gains, k, 100_000), by_trying_all(lead, gains, k)
    assert found.proved
    assert found.reached == (wanted is not None)
    assert found.chosen.sum() == (wanted or 0)
    if wanted is not None:
        assert (lead + gains[found.chosen].sum(axis=0) > 0).sum() >= k


def test_these_worlds_hold_sets_of_several_and_none() -> None:
    sizes = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        size, others, k = int(rng.integers(1, 9)), int(rng.integers(1, 25)), int(rng.integers(1, 6))
        gains = rng.normal(0, 1, (size, others)) - 0.2 * rng.random()
        sizes.append(by_trying_all(-rng.gamma(2, 0.8 * rng.random() + 0.2, others), gains, k))
    assert None in sizes
    assert {1, 2, 3} <= set(sizes)


def test_what_was_not_looked_at_is_not_proved() -> None:
    """Three do, one after the other takes four: with no branch left the four are given, and nothing is said of fewer."""
    lead = np.array([-4.0, -7, -6, -3])
    gains = np.array([[1.0, 2, 2, 3], [4, 4, -1, -1], [-2, 3, 2, 5], [-2, 1, 5, 4], [0, 4, 1, -1]])
    full, none = smallest_removal(lead, gains, 3, 1000), smallest_removal(lead, gains, 3, 0)
    assert (full.chosen.tolist(), full.proved) == ([False, False, True, True, True], True)
    assert (none.chosen.tolist(), none.reached, none.proved) == ([True, True, True, True, False], True, False)
    unknown = smallest_removal(np.array([-1.0, -1.0]), np.array([[1.5, -1], [-1, 1.5], [0.4, 0.4]]), 2, 0)
    assert (unknown.reached, unknown.proved) == (False, False)
