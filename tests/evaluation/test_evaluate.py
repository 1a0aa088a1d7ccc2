"""Whole evaluations: runs beside controls, both protocols, the JSON document, and what a metric may see."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.errors import DataError, PluginError, RunError, UsageError
from pyexplain.evaluation.evaluate import Controls, Plan, Subject, controls_of, evaluate, measure_explanations, measure_ranking
from pyexplain.explainers.base import Explainer
from pyexplain.explainers.types import Explanations, Sentence
from pyexplain.metrics.base import NEEDS, Metric, MetricInput
from pyexplain.metrics.types import Evaluation, Ranking, Values
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.options import RunOptions
from tests.metrics.toys import DotRecommender, FixedExplainer, all_metrics, explanations, plugin_module, toy_data
from tests.worlds import small_world

METRICS = tuple(cls() for cls in all_metrics().values())
PLAN = Plan(METRICS, explanations=True)


def controls() -> Controls:
    module = plugin_module("controls")
    rankers, explainers = module.pyexplain_recommenders(), module.pyexplain_explainers()
    return controls_of(
        {c.name: c for c in rankers} | {"dot": DotRecommender}, {c.name: c for c in explainers} | {"f": FixedExplainer}
    )


class Flip(Explainer):
    """Adds to f_u what item j has and takes away what item i has; weights say how much."""

    name, comes_with = "flip", "dot"

    def explain(self, pairs: np.ndarray, against: np.ndarray | None = None) -> Explanations:
        assert against is not None
        f_u, f_i = self.data.user_features.dense(), self.data.item_features.dense()
        before = f_u[pairs[:, 0]]
        change = np.clip(before + 5 * np.sign(f_i[against] - f_i[pairs[:, 1]]), 0, 5) - before
        return Explanations(
            self.name,
            pairs[:, 0],
            pairs[:, 1],
            SparseRows.from_dense(np.abs(change)),
            self.data.features.fingerprint,
            against,
            SparseRows.from_dense(change),
        )

    def explain_users(self, users: np.ndarray) -> Explanations:
        rows = self.data.user_features.select(users)
        return Explanations(self.name, users, np.full_like(users, -1), rows, self.data.features.fingerprint)


def runner_up(recommender: Recommender, data: Dataset, pairs: np.ndarray, seed: int) -> np.ndarray:
    """The item after the shown one in number."""
    return (pairs[:, 1] + 1) % data.n_items


def subject(data: Dataset, explainer: Explainer | None = None, method: str = "flip", seed: int = 0) -> Subject:
    recommender = DotRecommender(data, np.random.default_rng(seed).random(data.n_items).tolist())
    if explainer is not None:
        explainer.fit(recommender, data, RunOptions())
    return Subject(f"runs/{method}-{seed}", method, seed, recommender, explainer)


def test_the_document() -> None:
    """The names that programs rely on."""
    data = small_world(n_features=12)  # more than k: with fewer, all of them can be named
    document = json.loads(
        json.dumps(evaluate([subject(data, Flip())], data, PLAN, controls(), runner_up).to_dict(), allow_nan=False)
    )
    assert (document["schema"], document["protocol"]) == (2, "heldout")
    assert document["dataset"] == {"name": data.name, "fingerprint": data.fingerprint}
    [run] = document["runs"]
    assert (run["run"], run["method"], run["seed"]) == ("runs/flip-0", "flip", 0)
    ranking = {"precision@10", "recall@10", "f1@10", "hit@10", "ndcg@10", "mrr@1", "mrr@10"}
    assert set(run["ranking"]) == ranking
    explained = run["explanations"]
    assert (explained["explainer"], explained["agreement_level"]) == ("flip", "pair")
    assert set(explained["agreement"]) == {"precision@10", "recall@10", "f1@10", "ndcg@10"} == set(explained["user_agreement"])
    assert set(explained["counterfactual"]) >= {"validity", "coverage", "size_median", "l1_mean", "l2_mean"}
    assert set(explained["faithfulness"]) == {"deletion", "insertion", "pn", "ps", "fns", "deletion-best", "deletion-gap"}
    assert explained["counterfactual"]["validity"] > 0.5
    assert set(run["controls"]) == {"random", "popularity", "echo", "item-popularity", "feature-match", "signed-match"}
    assert set(run["controls"]["random"]) >= {"ranking", "agreement", "user_agreement", "faithfulness"}
    assert set(run["controls"]["feature-match"]) == {"ranking"}
    assert "counterfactual" not in run["controls"]["echo"]
    low_high = run["intervals"]["agreement"]["f1@10"]
    assert low_high["low"] <= explained["agreement"]["f1@10"] <= low_high["high"]
    lift = run["lift"]["ranking"]["ndcg@10"]
    best = max((c["ranking"]["ndcg@10"], name) for name, c in run["controls"].items() if "ranking" in c)
    assert lift["control"] == best[1]
    assert lift["difference"] == pytest.approx(run["ranking"]["ndcg@10"] - best[0])
    assert lift["beats"] == (lift["low"] > 0)
    assert {"ranking", "agreement", "user_agreement", "faithfulness", "fidelity", "necessity", "removal"} == set(run["lift"])
    unsaid = {m.name for m in METRICS if m.needs & {"said", "sentences"}}
    assert set(run["skipped"]) == {"stability-noise", "stability-seeds", "sanity"} | unsaid


def test_under_paper_agreement_is_of_users() -> None:
    data = small_world(protocol="paper")
    document = evaluate([subject(data, Flip())], data, PLAN, controls(), runner_up).to_dict()
    run = document["runs"][0]
    assert document["protocol"] == "paper"
    assert run["explanations"]["agreement_level"] == "user"
    assert "user_agreement" not in run["explanations"]
    assert run["controls"]["echo"]["agreement"]["ndcg@10"] == pytest.approx(1)
    assert run["explanations"]["agreement"]["ndcg@10"] == pytest.approx(1)  # it echoes the input for users


def test_ranking_alone() -> None:
    data = small_world()
    document = evaluate([subject(data)], data, replace(PLAN, explanations=True), controls()).to_dict()
    assert "explanations" not in document["runs"][0]
    assert set(document["runs"][0]["controls"]) == {"random", "item-popularity", "feature-match", "signed-match"}
    full = evaluate([subject(data)], data, replace(PLAN, full=True), controls())
    assert (full.to_dict()["candidates"], document["candidates"]) == ("catalogue", "lists")


def test_several_runs_are_compared_and_averaged() -> None:
    data = small_world(n_features=12)
    runs = [subject(data, Flip(), seed=s) for s in (0, 1)] + [subject(data, FixedExplainer([1.0] * data.n_features), "fixed")]
    document = evaluate(runs, data, replace(PLAN, max_pairs=20), controls(), runner_up).to_dict()
    over = document["over_seeds"]["flip"]["ranking"]["ndcg@10"]
    alone = [run["lift"]["ranking"]["ndcg@10"]["difference"] for run in document["runs"] if run["method"] == "flip"]
    assert over["n"] == 2
    assert over["lift"]["control"] in ("random", "item-popularity", "feature-match", "signed-match")
    assert over["lift"]["low"] <= over["lift"]["difference"] <= over["lift"]["high"]
    assert over["lift"]["difference"] == pytest.approx(np.mean(alone))
    assert "fixed" not in document["over_seeds"]
    compared = {(c["group"], c["metric"]): c for c in document["comparisons"]}
    assert ("ranking", "ndcg@10") in compared
    assert ("agreement", "f1@10") in compared
    assert {compared[("agreement", "f1@10")][side] for side in ("first", "second")} == {"flip", "fixed"}


def test_evaluating_twice_gives_the_same_and_changes_no_subject() -> None:
    data = small_world()
    runs = [subject(data, Flip())]
    first = evaluate(runs, data, PLAN, controls(), runner_up).to_dict()
    assert evaluate(runs, data, PLAN, controls(), runner_up).to_dict() == first


class RunAwareExplainer(Flip):
    """Compares with other items than it was asked to, or leaves a pair out."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def explain(self, pairs: np.ndarray, against: np.ndarray | None = None) -> Explanations:
        found = super().explain(pairs, against)
        return found.select(np.arange(len(pairs) - 1)) if self.fault == "missing" else replace(found, against=found.items * 0)


@pytest.mark.parametrize(("fault", "message"), [("missing", "others came back"), ("against", "other items than asked")])
def test_an_explainer_may_not_choose_its_questions(fault: str, message: str) -> None:
    data = small_world()
    with pytest.raises(RunError, match=message):
        evaluate([subject(data, RunAwareExplainer(fault))], data, PLAN, Controls(), runner_up)


def test_a_value_without_its_protocol_cannot_be_made() -> None:
    numbers = np.zeros(1, np.int64), np.zeros(1)
    with pytest.raises(DataError, match="protocol"):
        Evaluation("m", "g", "x", 0.0, *numbers, protocol="", direction="higher")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Evaluation("m", "g", "x", 0.0, *numbers, direction="higher")  # type: ignore[call-arg]
    made = Evaluation("m", "g", "x", 0.25, *numbers, protocol="paper", direction="higher")
    assert "protocol paper" in str(made)


def test_metrics_never_see_a_name() -> None:
    data = toy_data([[1.0]], [[1.0]])
    other = explanations(data, [(0, 0)], [[1]])
    given = MetricInput(data, explanations=other, noisy=other, reseeded=(other,))
    assert other.method == "ours"
    assert given.explanations is not None
    assert given.noisy is not None
    assert {given.explanations.method, given.noisy.method, given.reseeded[0].method} == {""}


def test_explanations_of_another_feature_space_are_refused() -> None:
    data = toy_data([[1.0]], [[1.0]])
    with pytest.raises(RunError, match="speak of the features"):
        MetricInput(data, explanations=replace(explanations(data, [(0, 0)], [[1]]), feature_space="other"))


def test_metrics_take_what_other_programs_made() -> None:
    """A ranking and explanations that no method of ours produced."""
    data = small_world()
    users = np.unique(data.test[:, 0])
    ranking = Ranking(users, np.tile(np.arange(5), (len(users), 1)), np.ones((len(users), 5), np.float32))
    assert len(measure_ranking(ranking, data, PLAN, "theirs")) == 7
    theirs = Explanations(
        "theirs", data.test[:, 0], data.test[:, 1], data.user_features.select(data.test[:, 0]), data.features.fingerprint
    )
    measured = measure_explanations(MetricInput(data, explanations=theirs), PLAN, "theirs")
    assert {e.group for e in measured} == {"agreement", "diversity"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda m: m.name)
def test_what_each_metric_says_of_itself(metric: Metric) -> None:
    assert metric.__doc__
    assert metric.needs <= NEEDS
    assert metric.name == metric.name.lower()
    assert metric.range[0] in (0, -1), "a difference of shares may be negative"
    assert metric.label(10) == (f"{metric.key}@{metric.fixed_k or 10}" if metric.at_k else metric.key)


def test_better_is_in_the_direction_that_each_metric_names() -> None:
    """Explanations that name exactly what matters, written about and flipping, against ones that name nothing: no metric prefers
    nothing."""
    data = small_world()
    truth = {(u, i, f) for u, i, f in data.heldout[["user", "item", "feature"]].itertuples(index=False)}
    pairs = data.test[:10]
    good = np.array([[float((u, i, f) in truth) for f in range(data.n_features)] for u, i in pairs.tolist()])
    nothing = good * 0
    told = {
        (u, i): Sentence(f, text) for u, i, f, text in data.heldout[["user", "item", "feature", "sentence"]].itertuples(index=False)
    }
    written = tuple((told[u, i],) if (u, i) in told else () for u, i in pairs.tolist())
    for metric in METRICS:
        if "explanations" not in metric.needs or metric.needs & {"change", "scores", "catalogue"}:
            continue
        values = []
        for weights, said in ((good, written), (nothing, ((),) * len(pairs))):
            made = explanations(data, [tuple(p) for p in pairs.tolist()], weights.tolist(), sentences=said)
            values.append(
                metric.measure(MetricInput(data, explanations=made, noisy=made, randomised=made, reseeded=(made,)), "x").value
            )
        sign = 1 if metric.direction == "higher" else -1
        if metric.name == "sentences-hold":  # who writes nothing loses in the coverage
            assert math.isnan(values[1])
            continue
        assert sign * values[0] >= sign * values[1], metric.name


def test_a_metric_is_held_to_its_word() -> None:
    class TooLarge(Metric):
        """2."""

        name, group, key, direction, needs = "too-large", "g", "k", "higher", frozenset({"explanations"})

        def values(self, given: MetricInput) -> Values:
            return Values(np.zeros(1, np.int64), np.full(1, 2.0))

    data = toy_data([[1.0]], [[1.0]])
    with pytest.raises(RunError, match="outside its range"):
        TooLarge().measure(MetricInput(data, explanations=explanations(data, [(0, 0)], [[1]])), "x")
    with pytest.raises(UsageError, match="needs explanations"):
        TooLarge().measure(MetricInput(data), "x")
    with pytest.raises(DataError, match="not finite"):
        Values(np.zeros(1, np.int64), np.full(1, math.nan))
    with pytest.raises(UsageError, match="at least 1"):
        MetricInput(data, k=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"direction": "up"}, "direction"), ({"needs": frozenset({"name"})}, "needs name"), ({"range": (1.0, 0.0)}, "empty")],
)
def test_a_metric_that_says_nonsense_is_refused(wrong: dict[str, object], message: str) -> None:
    body = {
        "name": "odd",
        "group": "g",
        "key": "k",
        "direction": "higher",
        "needs": frozenset(),
        "values": lambda self, given: None,
    }
    with pytest.raises(PluginError, match=message):
        type("Odd", (Metric,), body | wrong)
    with pytest.raises(PluginError, match="does not say its"):
        type("Odd", (Metric,), {"name": "odd"})
