"""The two samples of pairs: which they are, which metric is measured on which, and that the document says so."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from pyexplain.data.types import Dataset
from pyexplain.errors import PluginError
from pyexplain.evaluation.evaluate import Controls, Plan, evaluate
from pyexplain.evaluation.questions import make_questions, top_pairs
from pyexplain.explainers.foil import choose_against
from pyexplain.metrics.base import Metric, MetricInput
from pyexplain.metrics.types import Values
from pyexplain.present.evaluation import title_of
from pyexplain.recommenders.base import Recommender
from tests.metrics.toys import TableRecommender, all_metrics, toy_data
from tests.worlds import small_world

from .test_evaluate import METRICS, Flip, controls, subject

TABLE = [[9.0, 8, 7, 6, 5], [1, 2, 3, 4, 5], [5, 5, 5, 5, 5]]


def three_users() -> tuple[Dataset, Recommender]:
    """User 0 likes item 0 already; user 2 tells no item from another."""
    data = toy_data(np.ones((3, 4)).tolist(), np.ones((5, 4)).tolist(), train=[(0, 0), (1, 2)], test=[(0, 4), (1, 0)])
    return data, TableRecommender(TABLE)


def test_the_first_items_of_users_are_those_of_the_whole_catalogue() -> None:
    data, recommender = three_users()
    pairs = top_pairs(recommender, data, np.arange(3))
    assert pairs.tolist() == [[0, 1], [0, 2], [0, 3], [1, 4], [1, 3], [1, 1], [2, 0], [2, 1], [2, 2]]
    found = make_questions(recommender, data, choose_against)
    assert found.top.pairs.tolist() == pairs.tolist()
    assert found.top.against is not None
    assert found.top.against[:6].tolist() == [2, 3, 4, 3, 1, 0]  # the next in the full order
    assert found.heldout.pairs.tolist() == [[0, 4], [1, 0]]


def test_users_who_have_fewer_items_left_have_fewer_pairs() -> None:
    data, recommender = three_users()
    short = toy_data(np.ones((3, 4)).tolist(), np.ones((5, 4)).tolist(), train=[(0, i) for i in (0, 1, 2)], test=[(0, 4)])
    assert top_pairs(recommender, short, np.array([0])).tolist() == [[0, 3], [0, 4]]
    assert data.n_items == 5


def test_a_limit_draws_whole_users_from_the_seed() -> None:
    data = small_world()
    recommender = subject(data).recommender
    drawn = [make_questions(recommender, data, choose_against, seed, limit=20).top for seed in (0, 0, 1)]
    assert [len(sample.pairs) for sample in drawn] == [18] * 3
    assert [sample.n_users for sample in drawn] == [6] * 3
    assert drawn[0].pairs.tolist() == drawn[1].pairs.tolist() != drawn[2].pairs.tolist()
    assert make_questions(recommender, data, choose_against, 0, limit=1).top.n_users == 1
    assert make_questions(recommender, data, choose_against).top.n_users == data.n_users


def test_a_limit_bounds_the_users_that_are_explained_as_a_whole() -> None:
    data, recommender = small_world(), TableRecommender(np.zeros((small_world().n_users, small_world().n_items)).tolist())
    every = make_questions(recommender, data, choose_against).users
    found = [make_questions(recommender, data, choose_against, seed, limit=7).users.tolist() for seed in (0, 0, 1)]
    assert len(every) > 7
    assert [len(set(users)) for users in found] == [7] * 3
    assert set(found[0]) <= set(every.tolist())
    assert found[0] == found[1] != found[2]


class Recorder(Metric):
    """How many pairs it saw."""

    name, group, key, direction, needs, at_k = "seen", "seen", "pairs", "higher", frozenset({"explanations", "scores"}), False
    range = (0.0, 1e9)
    seen: ClassVar[list[tuple[str, int]]] = []

    def values(self, given: MetricInput) -> Values:
        assert given.explanations is not None
        self.seen.append((given.sample, len(given.explanations)))
        return Values(given.explanations.users, np.full(len(given.explanations), float(len(given.explanations))))


class TopRecorder(Recorder):
    """The same on the other sample."""

    name, key, sample = "seen-top", "top_pairs", "top"


def test_each_metric_is_measured_on_its_own_sample_and_who_says_nothing_on_the_held_out_pairs() -> None:
    data = small_world(n_features=12)
    plan = Plan((Recorder(), TopRecorder()), explanations=True)
    Recorder.seen.clear()
    run = evaluate([subject(data, Flip())], data, plan, Controls(), choose_against).to_dict()["runs"][0]
    heldout, top = len(np.unique(data.test, axis=0)), 3 * data.n_users
    assert Recorder.seen == [("heldout", heldout), ("top", top)]
    assert run["explanations"]["seen"] == {"pairs": heldout, "top_pairs": top}
    assert run["samples"] == {
        "heldout": {"pairs": heldout, "users": len(np.unique(data.test[:, 0])), "groups": ["seen"]},
        "top": {"pairs": top, "users": data.n_users, "groups": ["seen"]},
    }


def test_the_document_and_the_tables_name_the_sample_of_each_group() -> None:
    data = small_world(n_features=12)
    document = evaluate([subject(data, Flip())], data, Plan(METRICS, explanations=True), controls(), choose_against).to_dict()
    samples = document["runs"][0]["samples"]
    assert set(samples["heldout"]["groups"]) == {"agreement", "diversity", "user_agreement", "user_diversity"}
    assert set(samples["top"]["groups"]) >= {"counterfactual", "faithfulness"}
    assert title_of(document, "faithfulness") == "Faithfulness (the first items of 40 users, 120 pairs; protocol heldout)"
    assert "held-out pairs; protocol" in title_of(document, "agreement")
    assert title_of(document, "ranking") == "Ranking (protocol heldout)"


def test_without_a_metric_of_a_sample_nobody_is_asked_about_it() -> None:
    class Counting(Flip):
        asked: ClassVar[list[int]] = []

        def explain(self, pairs, against=None):  # type: ignore[no-untyped-def]
            self.asked.append(len(pairs))
            return super().explain(pairs, against)

    data = small_world()
    evaluate([subject(data, Counting())], data, Plan((Recorder(),), explanations=True), Controls(), choose_against)
    assert Counting.asked == [len(np.unique(data.test, axis=0))]


def test_a_sample_that_nobody_knows_is_refused() -> None:
    with pytest.raises(PluginError, match="sample must be 'heldout' or 'top'"):
        type("Odd", (Recorder,), {"name": "odd", "sample": "all"})
    assert {cls.sample for cls in all_metrics().values()} == {"heldout", "top"}
