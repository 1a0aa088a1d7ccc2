"""Lists that are not longer than k: what every method gets alike is not shown as a figure, and a warning says why."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.types import Dataset
from pyexplain.evaluation.decided import decided_figures
from pyexplain.evaluation.evaluate import Plan, Subject, controls_of, evaluate
from pyexplain.metrics.base import Metric, MetricInput
from pyexplain.metrics.types import Values
from pyexplain.recommenders.options import RunOptions
from tests.metrics.toys import FixedExplainer, TableRecommender, all_metrics, plugin_module, toy_data
from tests.worlds import small_world

METRICS = tuple(cls() for cls in all_metrics().values())
MEMBERS = {"precision@10", "recall@10", "f1@10", "hit@10"}
RANKED = {*MEMBERS, "ndcg@10", "mrr@1", "mrr@10"}


def few_items(n_items: int, n_features: int = 2) -> Dataset:
    """Three users, each with one held-out item among `n_items`, and a held-out review that mentions feature 0."""
    features = np.eye(n_items, n_features, dtype=np.float32) + 1
    test = [(0, 0), (1, 1), (2, 2)]
    heldout = [(u, i, 0) for u, i in test]
    return toy_data(features[:3].tolist(), features.tolist(), test=test, heldout=heldout)


def document(data: Dataset, **plan: object) -> dict[str, object]:
    module = plugin_module("controls")
    controls = controls_of({c.name: c for c in module.pyexplain_recommenders()}, {c.name: c for c in module.pyexplain_explainers()})
    recommender = TableRecommender(np.random.default_rng(0).random((data.n_users, data.n_items)).tolist())
    explainer = FixedExplainer(np.arange(1.0, data.n_features + 1).tolist())
    explainer.fit(recommender, data, RunOptions())
    found = evaluate([Subject("r", "m", 0, recommender, explainer)], data, Plan(METRICS, explanations=True, **plan), controls)  # type: ignore[arg-type]
    return json.loads(json.dumps(found.to_dict(), allow_nan=False))


def shares(data: Dataset, k: int = 10, metrics: tuple[Metric, ...] = METRICS, full: bool = False) -> dict[str, float]:
    found = decided_figures(metrics, data, k, full=full, part="test", explained=True, attempt=lambda ask: ask())
    return {f"{d.group} {d.metric}": d.share for d in found}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("n_items", [3, 8, 10])
def test_in_a_list_that_is_not_longer_than_k_membership_says_nothing_and_order_does(n_items: int, full: bool) -> None:
    got = document(few_items(n_items), full=full)
    run = got["runs"][0]  # type: ignore[index]
    for figures in (run["ranking"], *(c["ranking"] for c in run["controls"].values() if "ranking" in c)):
        assert {m for m, value in figures.items() if value is None} == MEMBERS
    assert not set(run["lift"]["ranking"]) & MEMBERS
    assert not set(run["intervals"]["ranking"]) & MEMBERS
    warning = got["warnings"][0]  # type: ignore[index]
    assert all(name in warning for name in (*MEMBERS, f"at most {n_items} items", "k = 10"))
    assert "ndcg" not in warning


def test_of_twelve_items_a_hit_can_be_missed_until_ten_others_are_left() -> None:
    """12 items, one of them held out: 11 others fill the ten places. Three held out: the 9 others cannot."""
    assert shares(few_items(12)) == {f"agreement {m}": 1 for m in MEMBERS - {"hit@10"}} | {
        f"user_agreement {m}": 1 for m in MEMBERS - {"hit@10"}
    }
    rows = np.ones((12, 30)).tolist()
    three = toy_data(rows[:1], rows, test=[(0, 0), (0, 1), (0, 2)])
    assert shares(three) == {"ranking hit@10": 1}  # precision is 1, 2 or 3 tenths


def test_some_lists_are_short() -> None:
    rows = np.ones((30, 20)).tolist()
    short, long = [*range(8), *[-1] * 22], list(range(30))
    data = toy_data(rows[:4], rows, test=[(u, 0) for u in range(4)], lists=[short, long, long, long])
    assert shares(data) == {f"ranking {m}": 0.25 for m in MEMBERS}
    got = document(data)
    assert got["runs"][0]["ranking"]["hit@10"] is not None  # type: ignore[index]
    assert "for 25% of those judged" in got["warnings"][0]  # type: ignore[index]


def test_a_list_of_nothing_but_the_positive_decides_everything() -> None:
    rows = np.ones((5, 20)).tolist()
    data = toy_data(rows[:1], rows, test=[(0, 3)], lists=[[3, -1, -1]])
    assert shares(data) == {f"ranking {m}": 1 for m in RANKED}


def test_as_many_features_as_k_can_all_be_named() -> None:
    got = document(few_items(40, 10))
    explained = got["runs"][0]["explanations"]  # type: ignore[index]
    for group in ("agreement", "user_agreement"):
        assert {m for m, value in explained[group].items() if value is None} == MEMBERS - {"hit@10"}
        assert any(w.startswith(f"{group} precision@10, recall@10, f1@10: not given") for w in got["warnings"])  # type: ignore[attr-defined]
    assert explained["agreement"]["ndcg@10"] > 0
    assert not set(got["runs"][0]["lift"]["agreement"]) & MEMBERS  # type: ignore[index]


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    data = small_world()  # 8 features: k = 5
    assert shares(data, k=5) == {}
    assert document(few_items(40, 11))["warnings"] == []


class LastOfTheFirst(Metric):
    """1 where the item at place k is a positive: a third-party metric that nobody here knows."""

    name, group, key, direction, needs = "last", "ranking", "last", "higher", frozenset({"ranking"})

    def values(self, given: MetricInput) -> Values:
        assert given.ranking is not None
        order = np.argsort(-given.ranking.scores, axis=1)[:, given.k - 1]
        items = given.ranking.items[np.arange(len(order)), order]
        relevant = {tuple(pair) for pair in given.data.test.tolist()}
        return Values(given.ranking.users, np.array([float(p in relevant) for p in zip(given.ranking.users, items, strict=True)]))


class Broken(LastOfTheFirst):
    """Fails."""

    name, key = "broken", "broken"

    def values(self, given: MetricInput) -> Values:
        raise ZeroDivisionError


def test_a_metric_from_elsewhere_needs_to_declare_nothing() -> None:
    data = few_items(4)
    assert shares(data, k=3, metrics=(LastOfTheFirst(),)) == {}
    alone = replace(data, test_candidates=replace(data.test_candidates, items=data.test[:, 1:], relevant=np.ones((3, 1), bool)))
    assert shares(alone, k=1, metrics=(LastOfTheFirst(),)) == {"ranking last@1": 1}


def test_a_metric_that_fails_is_somebody_elses_and_stops_nothing() -> None:
    plan = Plan((Broken(), *METRICS), blame=lambda error: "broken of somebody")
    found = evaluate([Subject("r", "m", 0, TableRecommender(np.ones((3, 4)).tolist()))], few_items(4), plan, controls_of({}, {}))
    assert found.failures == ("broken of somebody",)
    assert found.warnings
