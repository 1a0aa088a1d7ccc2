"""Quality of counterfactuals: by hand on a dot product, failures in the denominators, and slow loops as a reference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.metrics.base import MetricInput
from tests.metrics.toys import DotRecommender, all_metrics, explanations, plugin_module, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group == "counterfactual"}
# user 0 likes features 0 and 1; item 0 has them, item 1 has feature 2: score 5 against 0
F_U, F_I = [[3.0, 2, 0], [0, 1, 1]], [[1.0, 1, 0], [0, 0, 1]]


def given_changes(changes: list[list[float]], side: str = "user", data: Dataset | None = None) -> MetricInput:
    """Explanations of (user 0, item 0) against item 1, one a change."""
    data = data or toy_data(F_U, F_I, test=[(0, 0)])
    n = len(changes)
    rows = SparseRows.from_dense(np.array(changes, dtype=np.float32))
    explained = explanations(data, [(0, 0)] * n, np.abs(changes).tolist(), against=np.ones(n, np.int64), change=rows, side=side)
    return MetricInput(data, explanations=explained, scores=BatchScorer(DotRecommender(data), data.n_features))


def figures(given: MetricInput) -> dict[str, float]:
    return {m.key: m.measure(given, "x").value for m in (cls() for cls in METRICS.values())}


def test_by_hand() -> None:
    """f_u becomes (0, 2, 3): item 0 scores 2, item 1 scores 3. Undoing either change un-flips. Nearest: user 1 at (0, 1, 1)."""
    got = figures(given_changes([[-3, 0, 3]]))
    assert got["validity"] == got["coverage"] == got["irreducibility"] == 1
    assert (got["size_median"], got["l1_mean"]) == (2, 6)
    assert got["l2_mean"] == pytest.approx(math.sqrt(18))
    assert got["plausibility"] == pytest.approx(math.sqrt(1 + 4))


def test_on_the_item_side() -> None:
    """f_i becomes (-1 + 1, 1 - 1, 0) = nothing: score 0, not below item 1's 0; with a bias on item 1 it flips."""
    assert figures(given_changes([[-1, -1, 0]], side="item"))["validity"] == 0
    data = toy_data(F_U, F_I, test=[(0, 0)])
    given = given_changes([[-1, -1, 0]], side="item")
    biased = MetricInput(data, explanations=given.explanations, scores=BatchScorer(DotRecommender(data, [0, 1]), 3))
    assert figures(biased)["validity"] == 1
    assert figures(biased)["plausibility"] == pytest.approx(1)


def test_a_change_that_is_not_needed_makes_it_reducible() -> None:
    assert figures(given_changes([[-3, -1, 3]]))["irreducibility"] == 0


@pytest.mark.parametrize("change", [[-1, 0, 1], [0, 0, 6], [-4, 0, 3], [0, 0, 0]])
def test_what_does_not_count_as_valid(change: list[float]) -> None:
    """Too little; beyond T; below 0; nothing at all."""
    assert figures(given_changes([change]))["validity"] == 0


def test_failures_stay_in_every_denominator() -> None:
    """One flip, one empty row, one that does not flip. Unsolved: size P = 3; norms at least the flip's and the profile's."""
    got = figures(given_changes([[-3, 0, 3], [0, 0, 0], [0, 0, 1]]))
    assert got["validity"] == pytest.approx(1 / 3)
    assert got["coverage"] == pytest.approx(2 / 3)
    assert got["size_median"] == 3
    assert got["l1_mean"] == 6
    assert got["l2_mean"] == pytest.approx(math.sqrt(18))
    assert got["irreducibility"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("failure", [[0, 0, 0], [0, 0, 1], [-3, -2, 5.5]])
def test_one_more_failure_makes_nothing_better(failure: list[float]) -> None:
    flips: list[list[float]] = [[-3, 0, 3], [-3, -1, 3]]
    before, after = figures(given_changes(flips)), figures(given_changes([*flips, failure]))
    for cls in METRICS.values():
        sign = 1 if cls.direction == "higher" else -1
        assert sign * after[cls.key] <= sign * before[cls.key] + 1e-9, cls.key
    assert after["validity"] < before["validity"]


def test_pairs_that_are_no_question_are_left_out() -> None:
    """The model puts item 1 below item 0, so 'why 1, not 0?' cannot be asked; nor where no other item is known."""
    data = toy_data(F_U, F_I, test=[(0, 0)])
    rows = SparseRows.from_dense(np.zeros((2, 3)))
    explained = explanations(data, [(0, 1), (0, 0)], [[1, 0, 0]] * 2, against=np.array([0, -1]), change=rows)
    given = MetricInput(data, explanations=explained, scores=BatchScorer(DotRecommender(data), 3))
    assert len(METRICS["validity"]().values(given)) == 0
    assert math.isnan(METRICS["validity"]().measure(given, "x").value)
    assert all(math.isnan(value) for value in figures(given).values())


def random_given(seed: int) -> MetricInput:
    rng = np.random.default_rng(seed)
    f_u, f_i = ((rng.random((n, 7)) < 0.5) * rng.uniform(1, 5, (n, 7)) for n in (9, 6))
    data = toy_data(f_u, f_i)
    pairs = rng.integers(0, [9, 6], (30, 2))
    against = rng.integers(0, 6, 30)
    towards = np.sign(f_i[against] - f_i[pairs[:, 1]]) * (rng.random((30, 7)) < 0.6) * rng.uniform(0, 4, (30, 7))
    before = data.user_features.dense()[pairs[:, 0]]
    change = np.clip(before + towards, 0, 5) - before
    explained = explanations(
        data,
        [tuple(p) for p in pairs.tolist()],
        np.abs(change).tolist(),
        against=against,
        change=SparseRows.from_dense(change.astype(np.float32)),
    )
    return MetricInput(data, explanations=explained, scores=BatchScorer(DotRecommender(data), 7))


@pytest.mark.parametrize("seed", range(5))
def test_like_slow_loops(seed: int) -> None:
    given = random_given(seed)
    explained, f_u, f_i = given.explanations, given.data.user_features.dense(), given.data.item_features.dense()
    assert explained is not None
    assert explained.change is not None
    assert explained.against is not None
    flips, sizes, needed, nearest, lengths = [], [], [], [], []
    for u, i, j, delta in zip(explained.users, explained.items, explained.against, explained.change.dense(), strict=True):
        if f_u[u] @ f_i[i] <= f_u[u] @ f_i[j]:
            continue

        def flip(d: np.ndarray, u: int = u, i: int = i, j: int = j) -> bool:
            return bool((f_u[u] + d) @ f_i[j] > (f_u[u] + d) @ f_i[i])

        flips.append(flip(delta))
        sizes.append((delta != 0).sum() if flips[-1] else 7)
        needed.append(flips[-1] and not any(flip(np.where(np.arange(7) == k, 0, delta)) for k in np.flatnonzero(delta)))
        lengths.append(np.linalg.norm(f_u[u]))
        nearest.append(min(np.linalg.norm(f_u[u] + delta - f_u[v]) for v in range(9) if v != u))
    got = figures(given)
    assert 0 < np.mean(flips) < 1
    assert got["validity"] == pytest.approx(np.mean(flips))
    assert got["size_median"] == np.median(sizes)
    assert got["irreducibility"] == pytest.approx(np.mean(needed))
    dearest = max(d for d, flipped in zip(nearest, flips, strict=True) if flipped)
    charged = [d if flipped else max(d, whole, dearest) for d, whole, flipped in zip(nearest, lengths, flips, strict=True)]
    assert got["plausibility"] == pytest.approx(np.mean(charged), rel=1e-5)


def test_what_the_explainer_says_of_itself_is_not_believed() -> None:
    """The explanation claims to be valid; asked again, the order has not flipped."""
    data = toy_data(F_U, F_I, test=[(0, 0)])
    rows = SparseRows.from_dense(np.array([[-1.0, 0, 0]]))
    claims = {"valid": np.array([True]), "margin_after": np.array([-9.0], np.float32)}
    explained = explanations(data, [(0, 0)], [[1, 0, 0]], against=np.array([1]), change=rows, **claims)
    given = MetricInput(data, explanations=explained, scores=BatchScorer(DotRecommender(data), 3))
    assert not plugin_module("metrics_counterfactual").find_rescored(given).solved.any()
