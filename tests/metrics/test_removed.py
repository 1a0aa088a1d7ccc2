"""Metrics of features that are taken away whole: each on a list of four items whose scores can be added up by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.explainers.order import Order
from pyexplain.metrics.base import MetricInput
from pyexplain.metrics.removed import find_removable
from tests.metrics.toys import DotRecommender, all_metrics, explanations, plugin_module, toy_data

METRICS = {name: cls for name, cls in all_metrics().items() if cls.group == "removal"}
# scores of user 0, who has features 0, 1 and 2, one of each: 6, 5, 4, 3.5
#   without 0: 2, 5, 4, 3.5    without 1: 5, 3, 4, 3.5    without 2: 5, 2, 4, 3.5    without 0 and 1: 1, 3, 4, 3.5
ITEMS = [[4.0, 1, 1], [0, 2, 3], [0, 0, 0], [0, 0, 0]]
BIAS = [0.0, 0, 4, 3.5]
DATA = toy_data([[1.0, 1, 1], [0, 0, 0]], ITEMS)
K = 2


def given(pairs: list[tuple[int, int]], weights: list[list[float]], **more: object) -> MetricInput:
    order = Order(DotRecommender(DATA, BIAS), DATA)
    return MetricInput(DATA, K, explanations=explanations(DATA, pairs, weights, **more), catalogue=order.scores)


def figures(pairs: list[tuple[int, int]], weights: list[list[float]], **more: object) -> dict[str, float]:
    here = given(pairs, weights, **more)
    return {m.label(K): m.measure(here, "x").value for m in (cls() for cls in METRICS.values())}


def test_an_item_leaves_by_hand() -> None:
    """Without feature 0 item 0 is last, so a set of one does it; without feature 1 it stays, and 1 and 0 are a set of two."""
    best, second = figures([(0, 0)], [[3, 2, 1]]), figures([(0, 0)], [[2, 3, 1]])
    assert (best["pn_s"], best["size"], best["pn_s@1"], best["pn_s@2"]) == (1, 1, 1, 1)
    assert (second["pn_s"], second["size"], second["pn_s@1"], second["pn_s@2"]) == (1, 2, 0, 1)


def test_a_set_that_does_not_do_it_is_charged_the_profile() -> None:
    """Feature 1 alone is named: item 0 stays. Nothing named: the same."""
    for weights in ([0, 1, 0], [0, 0, 0], [0, 1, -5]):
        found = figures([(0, 0)], [weights])
        assert (found["pn_s"], found["size"]) == (0, 3)


def test_a_change_is_the_named_set_and_what_rises_is_not_taken_away() -> None:
    change = SparseRows.from_dense(np.array([[-1.0, 0, 3], [0, -0.5, 0]], np.float32))
    before, after, valid = np.ones(2, np.float32), -np.ones(2, np.float32), np.ones(2, bool)
    more = {"change": change, "margin_before": before, "margin_after": after, "valid": valid}
    found = METRICS["pn-s"]().values(given([(0, 0), (0, 0)], [[1, 0, 0], [0, 1, 0]], **more))
    assert found.values.tolist() == [1, 0]  # half of feature 1 is asked about as all of it
    assert METRICS["removal-size"]().values(given([(0, 0), (0, 0)], [[1, 0, 0], [0, 1, 0]], **more)).values.tolist() == [1, 3]


def test_a_list_changes_by_hand() -> None:
    """The list is 0, 1. Without feature 0 it is 1, 2: half is new, at place two. Without 1 it is 0, 2: the same."""
    found = figures([(0, -1)], [[3, 2, 1]])
    second = 1 / np.log2(3)
    assert (found["pn_s"], found["size"], found["pn_s@1"]) == (0.5, 1, 0.5)
    assert found["pn_r"] == pytest.approx(second / (1 + second))
    # without 0 and 1: 2, 3 (1, 3, 4, 3.5): all of it is new
    assert (found["pn_s@2"], found["pn_r@2"]) == (1, 1)
    unchanged = figures([(0, -1)], [[0, 0, 0]])
    assert (unchanged["pn_s"], unchanged["pn_r"], unchanged["size"]) == (0, 0, 3)


def test_ten_steps_by_hand() -> None:
    """Three features: the first three steps take 1, 2 and 3 away, the others no more. In the order 1, 2, 0 item 0 has 5, 4 and 0:
    still there, level with item 2 but behind nobody, gone. From the other end 0 goes first: gone at once."""
    found = figures([(0, 0)], [[1, 3, 2]])
    assert found["pos_p"] == pytest.approx(2 / 10)
    assert found["neg_p"] == 0
    turned = figures([(0, 0)], [[3, 1, 2]])
    assert (turned["pos_p"], turned["neg_p"]) == pytest.approx((0, 2 / 10))


def test_more_than_ten_features_are_cut_into_ten_parts() -> None:
    """Twelve features: steps take 2, 4, 5, 6, ... 12. Item 0 needs four of them to stay ahead."""
    data = toy_data([[1.0] * 12], [[1.0] * 12, [0] * 12])
    order = Order(DotRecommender(data, [0, 3.5]), data)
    explained = explanations(data, [(0, 0)], [list(range(12, 0, -1))])
    found = METRICS["pos-p"]().values(MetricInput(data, 1, explanations=explained, catalogue=order.scores))
    left = [10, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert found.values.tolist() == [np.mean([n > 3.5 for n in left])]


def test_gini_by_hand() -> None:
    """Weights 0, 1/2, 1 in ascending order: 1 - 2 (1/3 * 1.5/3 + 2/3 * .5/3) = .444; equal ones 0; one of two: 1 - 2 * .5/2."""
    gini = plugin_module("metrics_removal").gini
    assert gini(np.array([5.0, 1, 3])) == pytest.approx(1 - 2 * (1 / 3 * 1.5 / 3 + 2 / 3 * 0.5 / 3))
    assert gini(np.array([2.0, 2, 2])) == 0
    assert gini(np.array([0.0, 7])) == pytest.approx(0.5)
    assert figures([(0, 0)], [[5, 1, 3]])["gini"] == pytest.approx(gini(np.array([5.0, 1, 3])))
    assert figures([(0, 0)], [[0, 0, 3]])["gini"] == pytest.approx(gini(np.array([0, 0, 3.0])))


def logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def test_the_few_of_a_pair_by_hand() -> None:
    """In the order 1, 2, 0: item 0 scores 5, 4, 0, and 0 for steps four and five too, at places 1, 1 (level with item 2), 3, 3, 3
    (level with item 1); put in, 1, 2, 6, 6, 6."""
    found = figures([(0, 0)], [[1, 3, 2]])
    assert found["pos@2"] == pytest.approx(2 / 5)
    assert found["cdcg"] == pytest.approx(np.mean([1, 1, *[1 / np.log2(4)] * 3]))
    assert found["del"] == pytest.approx(np.mean([logistic(x) / logistic(6) for x in (5, 4, 0, 0, 0)]))
    assert found["ins"] == pytest.approx(np.mean([logistic(x) / logistic(6) for x in (1, 2, 6, 6, 6)]))


def test_a_score_that_rises_counts_as_kept_whole() -> None:
    data = toy_data([[1.0, 1]], [[2.0, -1], [0, 0]])
    order = Order(DotRecommender(data), data)
    explained = explanations(data, [(0, 0)], [[1, 2]])
    found = METRICS["del"]().values(MetricInput(data, 1, explanations=explained, catalogue=order.scores))
    assert found.values[0] == pytest.approx(np.mean([1, *[logistic(0) / logistic(1)] * 4]))


def test_who_is_left_out() -> None:
    """User 1 has no features; item 3 is not among the first two; the first two are."""
    here = given([(1, 0), (0, 3), (0, 1), (0, 0)], [[1, 1, 1]] * 4)
    assert here.once(find_removable).rows.tolist() == [2, 3]
    assert here.once(find_removable).before.tolist() == [[0, 1], [0, 1]]
    item_side = given([(0, 0)], [[1, 1, 1]], side="item")
    assert len(METRICS["pn-s"]().values(item_side)) == 0


def test_what_was_liked_stays_out_of_the_list_without_its_column() -> None:
    data = toy_data([[1.0, 1, 1]], ITEMS, train=[(0, 1)])
    order = Order(DotRecommender(data, BIAS), data)
    explained = explanations(data, [(0, -1)], [[3, 2, 1]])
    here = MetricInput(data, K, explanations=explained, catalogue=order.scores)
    assert here.once(find_removable).before.tolist() == [[0, 2]]
    assert METRICS["pn-s"]().values(here).values.tolist() == [0.5]  # 2, 3 without feature 0


def test_a_list_that_is_shorter_than_k() -> None:
    data = toy_data([[1.0, 1, 1]], ITEMS[:2], train=[(0, 1)])
    order = Order(DotRecommender(data), data)
    here = MetricInput(data, 5, explanations=explanations(data, [(0, -1), (0, 0)], [[3, 2, 1]] * 2), catalogue=order.scores)
    assert METRICS["pn-s"]().values(here).values.tolist() == [0, 0]
    assert METRICS["pn-r"]().values(here).values.tolist() == [0, 0]
