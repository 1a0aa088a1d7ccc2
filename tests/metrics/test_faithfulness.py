"""Deletion, insertion, PN, PS, FNS: by hand on a dot product, and slow loops as a reference."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from pyexplain.data.types import Dataset
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.curves import find_curves
from pyexplain.recommenders.base import Recommender
from tests.metrics.toys import DotRecommender, TableRecommender, all_metrics, explanations, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group in ("faithfulness", "fidelity", "necessity")}
# score(0, 0) = 3 + 2 = 5, score(0, 1) = 0
DATA = toy_data([[3.0, 2, 0]], [[1.0, 1, 0], [0, 0, 1]], test=[(0, 0)], lists=[[0, 1]])


def figures(
    data: Dataset, weights: list[list[float]], recommender: Recommender | None = None, k: int = 10, **more: object
) -> dict[str, float]:
    n = len(weights)
    explained = explanations(data, [(0, 0)] * n, weights, against=np.ones(n, np.int64), **more)
    given = MetricInput(data, k, explanations=explained, scores=BatchScorer(recommender or DotRecommender(data), data.n_features))
    return {m.label(k) if m.fixed_k else m.key: m.measure(given, "x").value for m in (cls() for cls in METRICS.values())}


@pytest.mark.parametrize(
    ("weights", "deletion", "insertion"),
    [
        ([2, 1, 0], 0.2, 0.8),  # lead 5 -> 2 -> 0, and 3 -> 5 going in
        ([1, 2, 0], 0.3, 0.7),  # lead 5 -> 3 -> 0, and 2 -> 5
        ([0, 2, 0], 0.6, 0.4),  # feature 0 is not named: it stays
        ([0, 2, 9], 0.6, 0.4),  # feature 2 cannot be taken away: the user does not have it
        ([0, 0, 1], 1.0, 0.0),
        ([0, 0, 0], 1.0, 0.0),
    ],
)
def test_curves_by_hand(weights: list[float], deletion: float, insertion: float) -> None:
    got = figures(DATA, [weights])
    assert (got["deletion"], got["insertion"]) == pytest.approx((deletion, insertion))


def test_single_points_of_the_curves_by_hand() -> None:
    """Lead 5: without feature 0 it is 2, with it alone 3; a profile of two has no third feature, so the second holds."""
    got = figures(DATA, [[2, 1, 0]])
    assert [got[f"deletion@{k}"] for k in (1, 2, 3)] == pytest.approx([0.4, 0, 0])
    assert [got[f"insertion@{k}"] for k in (1, 2, 3)] == pytest.approx([0.6, 1, 1])
    short = figures(DATA, [[2, 1, 0]], k=1)
    assert [short[f"deletion@{k}"] for k in (1, 2, 3)] == pytest.approx([0.4] * 3)


def test_necessity_counts_as_many_features_as_it_says_and_the_list_stays_as_long() -> None:
    """Scores 5 and 4 in a list of two of which the first counts: without feature 0 item 0 falls out; with it alone it stays."""
    data = toy_data([[3.0, 2, 1]], [[1.0, 1, 0], [0, 1, 2]], test=[(0, 0)], lists=[[0, 1]])
    got = figures(data, [[2, 1, 0]], k=1)
    assert (got["pn"], got["pn@1"], got["pn@2"]) == (1, 1, 1)
    assert (got["ps@1"], got["ps@2"]) == (1, 1)
    last = figures(data, [[0, 2, 1]], k=1)  # without feature 1 the scores are 3 and 2, without 1 and 2 3 and 0
    assert (last["pn@1"], last["pn@2"], last["ps@1"], last["ps@2"]) == (0, 0, 0, 0)


def test_the_best_deletion_is_the_best_of_all_orders_and_the_gap_is_to_it() -> None:
    got = figures(DATA, [[1, 2, 0]])
    assert (got["deletion-best"], got["deletion-gap"]) == pytest.approx((0.2, 0.1))
    rng = np.random.default_rng(3)
    n = 5
    data = toy_data(rng.random((1, n)).round(2) + 0.1, rng.standard_normal((2, n)).round(2), test=[(0, 0)], lists=[[0, 1]])
    model = DotRecommender(data, [9.0, 0])
    areas = []
    for order in (order for named in range(n + 1) for order in permutations(range(n), named)):
        weights = np.zeros(n)
        weights[list(order)] = np.arange(len(order), 0, -1)
        areas.append(figures(data, [weights.tolist()], model)["deletion"])
    assert figures(data, [[1.0] * n], model)["deletion-best"] == pytest.approx(min(areas))


@pytest.mark.parametrize("n", [5, 12])
def test_the_best_deletion_may_stop_where_what_is_left_speaks_against_the_item(n: int) -> None:
    """One feature holds the item in front, the others hold it back: to name that one alone is best, and no gap is below 0."""
    adds = [2.0] + [-0.1] * (n - 1)
    data = toy_data([[1.0] * n], [adds, [0.0] * n], test=[(0, 0)], lists=[[0, 1]])
    got = figures(data, [[1.0] + [0.0] * (n - 1)], k=n)
    assert got["deletion"] == pytest.approx(0)
    assert (got["deletion-best"], got["deletion-gap"]) == pytest.approx((0, 0), abs=1e-6)
    held_back = toy_data([[1.0] * n], [[10.0] + [-0.1] * (n - 1), [0.0] * n], test=[(0, 0)], lists=[[0, 1]])
    silent = figures(held_back, [[0.0] + [1.0] * (n - 1)], DotRecommender(held_back, [0.1, 0]), k=n)
    assert silent["deletion-gap"] >= 0


def test_beyond_ten_features_the_best_is_found_step_by_step() -> None:
    """Of a sum, the greedy order is the best one: by what each feature adds."""
    rng = np.random.default_rng(5)
    n = 12
    data = toy_data(rng.random((1, n)).round(2) + 0.1, [rng.random(n).round(2).tolist(), [0.0] * n], test=[(0, 0)], lists=[[0, 1]])
    adds = data.user_features.dense()[0] * data.item_features.dense()[0]
    got = figures(data, [adds.tolist()], k=12)
    assert got["deletion-best"] == pytest.approx(got["deletion"])
    assert got["deletion-gap"] == pytest.approx(0, abs=1e-6)


def test_failures_stay_in_the_denominator() -> None:
    assert figures(DATA, [[2, 1, 0], [0, 0, 0]])["deletion"] == pytest.approx((0.2 + 1) / 2)


def test_the_lead_without_features_counts_only_for_those_who_name_something() -> None:
    """Item 0 has a bias of 5: half of its lead is there without any feature."""
    biased = DotRecommender(DATA, [5.0, 0])
    assert figures(DATA, [[0, 0, 1]], biased)["insertion"] == pytest.approx(0.5)
    assert figures(DATA, [[0, 0, 0]], biased)["insertion"] == 0


def test_the_mean_curve() -> None:
    """Left after one step: .4 and 1 (nothing named); after two: 0 and 1; then nothing changes."""
    explained = explanations(DATA, [(0, 0)] * 2, [[2, 1, 0], [0, 0, 0]], against=np.ones(2, np.int64))
    given = MetricInput(DATA, 3, explanations=explained, scores=BatchScorer(DotRecommender(DATA), 3))
    curves = find_curves(given)
    assert curves.mean(curves.deletion) == pytest.approx([0.7, 0.5, 0.5])
    assert curves.mean(curves.insertion) == pytest.approx([0.3, 0.5, 0.5])


def test_k_bounds_the_steps() -> None:
    assert figures(DATA, [[2, 1, 0]], k=1)["deletion"] == pytest.approx(0.4)


def test_a_model_that_ignores_features_moves_nothing() -> None:
    got = figures(DATA, [[2, 1, 0]], TableRecommender([[2.0, 1.0]]), k=1)
    assert (got["deletion"], got["insertion"], got["pn"], got["ps"], got["fns"]) == (1, 1, 0, 1, 0)


def test_on_the_item_side() -> None:
    """f_i = (1, 1, 0): without feature 0 the score is 2, without both 0."""
    got = figures(DATA, [[2, 1, 0]], side="item")
    assert (got["deletion"], got["insertion"]) == pytest.approx((0.2, 0.8))


def test_necessity_by_hand() -> None:
    """First of two items; k = 1. Without feature 0 and 1 both score 0 and the tie counts against it. Feature 0 alone keeps it."""
    assert figures(DATA, [[1, 0, 0]], k=1)["pn"] == 0
    assert figures(DATA, [[1, 0, 0]], k=1)["ps"] == 1
    both = toy_data([[3.0, 0, 0]], [[1.0, 1, 0], [0, 0, 1]], test=[(0, 0)], lists=[[0, 1]])
    got = figures(both, [[1, 0, 0]], k=1)
    assert (got["pn"], got["ps"], got["fns"]) == (1, 1, 1)
    silent = figures(both, [[0, 0, 0]], k=1)
    assert {key: value for key, value in silent.items() if key.split("@")[0] in ("pn", "ps", "fns")} == dict.fromkeys(
        [f"{key}{at}" for key in ("pn", "ps", "fns") for at in ("", "@1", "@2", "@3")], 0
    )


def test_naming_nothing_is_not_sufficient_even_where_features_do_not_matter() -> None:
    """Item 0 stays first without any feature; saying nothing is no explanation of that."""
    biased = DotRecommender(DATA, [5.0, 0])
    assert figures(DATA, [[0, 0, 1]], biased, k=1)["ps"] == 1
    assert figures(DATA, [[0, 0, 0]], biased, k=1)["ps"] == 0


def test_fns_is_made_of_the_shares() -> None:
    """PN = PS = 1/2 on different rows: the harmonic mean is 1/2, though no row is both."""
    data = toy_data([[3.0, 0, 0], [3, 2, 0]], [[1.0, 1, 0], [0, 0, 1]], test=[(0, 0), (1, 0)], lists=[[0, 1]] * 2)
    explained = explanations(data, [(0, 0), (1, 0), (0, 0), (1, 0)], [[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]])
    given = MetricInput(data, 1, explanations=explained, scores=BatchScorer(DotRecommender(data), 3))
    assert METRICS["pn"]().measure(given, "x").value == 0.25
    assert METRICS["ps"]().measure(given, "x").value == 0.5
    assert METRICS["fns"]().measure(given, "x").value == pytest.approx(2 * 0.25 * 0.5 / 0.75)


def test_pairs_that_were_not_recommended_are_left_out() -> None:
    data = toy_data([[3.0, 2, 0]], [[1.0, 1, 0], [0, 0, 1]], test=[(0, 1)], lists=[[0, 1]])
    explained = explanations(data, [(0, 1)], [[1, 0, 0]])
    given = MetricInput(data, 1, explanations=explained, scores=BatchScorer(DotRecommender(data), 3))
    assert len(METRICS["pn"]().values(given)) == 0


def random_case(seed: int, side: str) -> tuple[MetricInput, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    f_u, f_i = ((rng.random((n, 8)) < 0.5) * rng.uniform(1, 5, (n, 8)).round(2) for n in (6, 9))
    test = [(u, int(i)) for u in range(6) for i in rng.choice(9, 3, replace=False)]
    data = toy_data(f_u, f_i, test=test)
    weights = (rng.random((len(test), 8)) < 0.5) * rng.permuted(np.tile(np.arange(1.0, 9), (len(test), 1)), axis=1)
    explained = explanations(data, test, weights.tolist(), against=rng.integers(0, 9, len(test)), side=side)
    given = MetricInput(data, 4, explanations=explained, scores=BatchScorer(DotRecommender(data), 8))
    return given, data.user_features.dense().astype(np.float64), data.item_features.dense().astype(np.float64)


def slow_curves(given: MetricInput, f_u: np.ndarray, f_i: np.ndarray) -> tuple[list[float], list[float]]:
    explained = given.explanations
    assert explained is not None
    assert explained.against is not None
    deletions, insertions = [], []
    for u, i, j, w in zip(explained.users, explained.items, explained.against, explained.weights.dense(), strict=True):

        def lead(mask: np.ndarray, u: int = u, i: int = i, j: int = j) -> float:
            if explained.side == "user":
                return float((f_u[u] * mask) @ (f_i[i] - f_i[j]))
            return float(f_u[u] @ (f_i[i] * mask) - f_u[u] @ f_i[j])

        profile = f_u[u] if explained.side == "user" else f_i[i]
        if lead(np.ones(8)) <= 0 or not profile.any():
            continue
        order = [k for k in np.argsort(-w, kind="stable") if w[k] > 0 and profile[k] > 0]
        total, out, into = min(int((profile > 0).sum()), given.k), [], []
        for s in range(1, total + 1):
            chosen = np.isin(np.arange(8), order[:s])
            out.append(np.clip(lead(~chosen) / lead(np.ones(8)), 0, 1))
            into.append(np.clip(lead(chosen) / lead(np.ones(8)), 0, 1) if (w > 0).any() else 0)
        deletions.append(float(np.mean(out)))
        insertions.append(float(np.mean(into)))
    return deletions, insertions


@pytest.mark.parametrize("side", ["user", "item"])
@pytest.mark.parametrize("seed", range(4))
def test_curves_like_slow_loops(seed: int, side: str) -> None:
    given, f_u, f_i = random_case(seed, side)
    deletions, insertions = slow_curves(given, f_u, f_i)
    assert METRICS["deletion"]().values(given).values == pytest.approx(deletions, abs=1e-5)
    assert METRICS["insertion"]().values(given).values == pytest.approx(insertions, abs=1e-5)


@pytest.mark.parametrize("side", ["user", "item"])
@pytest.mark.parametrize("seed", range(4))
def test_necessity_like_slow_loops(seed: int, side: str) -> None:
    given, f_u, f_i = random_case(seed, side)
    explained = given.explanations
    assert explained is not None
    pn, ps = [], []
    for u, i, w in zip(explained.users, explained.items, explained.weights.dense(), strict=True):
        named = np.isin(np.arange(8), [k for k in np.argsort(-w, kind="stable") if w[k] > 0][: given.k])

        def stays(mask: np.ndarray, u: int = u, i: int = i) -> bool:
            scores = (f_i * mask) @ f_u[u]  # a feature gone from the user is gone from every product, as from every item
            return bool((np.delete(scores, i) >= scores[i]).sum() < given.k)

        if stays(np.ones(8)):
            pn.append(not stays(~named) and named.any())
            ps.append(stays(named) and named.any())
    assert METRICS["pn"]().values(given).values.tolist() == [float(v) for v in pn]
    assert METRICS["ps"]().values(given).values.tolist() == [float(v) for v in ps]
