"""Coverage, novelty, popularity bias and groups of users: every figure by hand on five users and six items."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest

from pyexplain.data.types import Dataset
from pyexplain.metrics import Evaluation, MetricInput, Ranking, first_items, item_popularity

from .toys import all_metrics, plugin_module, toy_data

METRICS = {cls.name: cls() for cls in all_metrics().values() if "recommended" in cls.needs}
# item 0 is liked by four of five users, item 1 by two, item 2 by one; nobody likes the others
TRAIN = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (0, 2)]
TEST = [(0, 3), (1, 3), (2, 3), (3, 3), (4, 3)]


def data() -> Dataset:
    return toy_data([[0.0, 0, 0], [1, 0, 0], [1, 2, 0], [1, 0, 1], [1, 1, 1]], np.ones((6, 3)), TRAIN, TEST)


def ranking(lists: list[list[int]]) -> Ranking:
    """Lists, best first; -1 fills."""
    items = np.array(lists, dtype=np.int64)
    scores = np.tile(np.arange(items.shape[1], 0, -1, dtype=np.float32), (len(items), 1))
    return Ranking(np.arange(len(items)), items, scores)


LISTS = [[3, 4, 5], [2, 3, 4], [1, 2, 3], [1, 3, 2], [0, 1, -1]]


def measured(name: str, lists: list[list[int]], k: int, of: Dataset | None = None) -> Evaluation:
    found = ranking(lists)
    return METRICS[name].measure(MetricInput(of or data(), k, ranking=found, recommended=found), "x")  # type: ignore[no-any-return]


def test_popularity_is_a_share_of_users_and_a_pair_that_stands_twice_counts_once() -> None:
    assert item_popularity(data()).tolist() == [0.8, 0.4, 0.2, 0, 0, 0]
    twice = toy_data(np.ones((5, 1)), np.ones((6, 1)), [*TRAIN, TRAIN[0]], TEST)
    assert item_popularity(twice).tolist() == [0.8, 0.4, 0.2, 0, 0, 0]


def test_first_items_by_score_whatever_their_order_and_short_lists_filled() -> None:
    items, scores = np.array([[7, 8, -1, 9]]), np.array([[0.1, 0.9, 5.0, 0.5]], dtype=np.float32)
    assert first_items(Ranking(np.zeros(1, np.int64), items, scores), 2).tolist() == [[8, 9]]
    assert first_items(Ranking(np.zeros(1, np.int64), items, scores), 5).tolist() == [[8, 9, 7, -1, -1]]


@pytest.mark.parametrize(("k", "covered"), [(1, {3, 2, 1, 0}), (2, {3, 4, 2, 1, 0}), (3, {3, 4, 5, 2, 1, 0})])
def test_coverage_is_the_union_of_all_lists(k: int, covered: set[int]) -> None:
    found = measured("catalogue-coverage", LISTS, k)
    assert found.value == pytest.approx(len(covered) / 6)
    assert not found.averaged, "no mean over users: it gets no interval"
    own = [k, k, k, k, min(k, 2)]
    assert found.values.tolist() == pytest.approx([n / 6 for n in own])


def test_novelty_in_bits_and_what_nobody_likes_as_if_one_did() -> None:
    found = measured("novelty", LISTS, 2)
    nobody, one, two, four = -log2(1 / 5), -log2(1 / 5), -log2(2 / 5), -log2(4 / 5)
    by_hand = [nobody, (one + nobody) / 2, (two + one) / 2, (two + nobody) / 2, (four + two) / 2]
    assert found.values.tolist() == pytest.approx(by_hand)
    assert found.value == pytest.approx(sum(by_hand) / 5)
    assert measured("novelty", [[-1, -1]] * 5, 2).value == 0


def test_popularity_of_lists_and_its_lift_over_profiles() -> None:
    mean = measured("average-popularity", LISTS, 2)
    lists = [0, 0.1, 0.3, 0.2, 0.6]
    assert mean.values.tolist() == pytest.approx(lists)
    assert mean.value == pytest.approx(0.24)
    lift = measured("popularity-lift", LISTS, 2)
    profiles = [1.4 / 3, 0.6, 0.8, 0.8]  # user 4 likes nothing in training, and is left out
    assert lift.users.tolist() == [0, 1, 2, 3]
    assert lift.values.tolist() == pytest.approx([a - b for a, b in zip(lists, profiles, strict=False)])
    assert lift.value == pytest.approx(sum(lists[:4]) / sum(profiles) - 1)
    same = toy_data(np.ones((2, 1)), np.ones((3, 1)), [(0, 0), (1, 0)], [(0, 1), (1, 1)])
    assert measured("popularity-lift", [[0], [0]], 1, same).value == pytest.approx(0)


def test_quarters_keep_equals_together() -> None:
    quarters = plugin_module("metrics_user_groups").quarters
    assert quarters(np.arange(8)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert quarters(np.array([2, 2, 2, 2])).tolist() == [1, 1, 1, 1]
    assert quarters(np.array([1, 1, 1, 9])).tolist() == [1, 1, 1, 4]
    assert quarters(np.array([5, 1, 1, 1, 1, 1, 1, 1])).tolist() == [4, 1, 1, 1, 1, 1, 1, 1]
    assert quarters(np.zeros(0, np.int64)).tolist() == []


def test_ndcg_of_each_group_is_the_mean_over_its_users() -> None:
    """Training pairs 3, 2, 1, 1, 0: quartiles 1, 1, 2. Features 0, 1, 2, 2, 3: quartiles 1, 2, 2."""
    ndcg = [1, 1 / log2(3), 1 / log2(4), 1 / log2(3), 0]
    groups = {
        "ndcg-by-pairs-q1": [2, 3, 4], "ndcg-by-pairs-q2": [], "ndcg-by-pairs-q3": [1], "ndcg-by-pairs-q4": [0],
        "ndcg-by-features-q1": [0, 1], "ndcg-by-features-q2": [2, 3], "ndcg-by-features-q3": [], "ndcg-by-features-q4": [4],
    }  # fmt: skip
    assert set(groups) | {"catalogue-coverage", "novelty", "average-popularity", "popularity-lift"} == set(METRICS)
    for name, users in groups.items():
        found = measured(name, LISTS, 3)
        assert found.users.tolist() == users
        assert found.values.tolist() == pytest.approx([ndcg[user] for user in users])
        assert np.isnan(found.value) if not users else found.value == pytest.approx(sum(ndcg[u] for u in users) / len(users))
