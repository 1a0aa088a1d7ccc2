"""The row class of attributions: beside the controls, on the model's own gradients, and who does not beat them is told so."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.evaluation.evaluate import Controls, Plan, Subject, controls_of, evaluate
from pyexplain.evaluation.report import Report
from pyexplain.explainers import Explainer, choose_against, sparse_weights
from pyexplain.present.evaluation import rows_beside
from pyexplain.present.evaluation_tables import evaluation_tables
from pyexplain.present.verdicts import closing_line, standings
from pyexplain.recommenders import Recommender
from pyexplain.registry import load_registry

from ..explainers.toys import Relu
from ..worlds import small_world
from .test_evaluate import METRICS

DATA = small_world()
NAMES = ("gradient-input", "integrated-gradients")


class Backwards(Explainer):
    """Names the user's features, what holds the item in front last; nothing for every other user."""

    name, comes_with = "backwards", "vbpr"

    def weigh(self, margin: px.margin.Margin) -> px.data.SparseRows:
        gradient = margin.value_and_gradient()[1].numpy()
        own = self.data.user_features.select(margin.users).dense()
        return sparse_weights(np.where((own > 0) & (margin.users % 2 == 0)[:, None], np.exp(-gradient * own), 0))


class Alone(Relu):
    """Without gradients."""

    def __init__(self, data: Dataset) -> None:
        super().__init__(data)
        self.offers = frozenset({"scores"})  # type: ignore[misc]


def measured(explainer: Explainer, model: Recommender, *seeds: int) -> Report:
    registry = load_registry(strict=True)
    explainer.fit(model, DATA, px.RunOptions())
    subjects = [Subject(f"r{seed}", explainer.name, seed, model, explainer) for seed in seeds or (0,)]
    beside = controls_of({}, registry.classes("explainer"))
    return evaluate(subjects, DATA, Plan(METRICS, explanations=True, max_pairs=60), beside, choose_against)


@pytest.fixture(scope="module")
def report() -> Report:
    return measured(Backwards(), Relu(DATA))


def test_they_say_so_of_themselves_and_are_no_controls() -> None:
    classes = load_registry(strict=True).classes("explainer")
    assert tuple(name for name, cls in classes.items() if cls.attribution) == NAMES
    assert not any(cls.attribution and cls.control for cls in classes.values())
    assert controls_of({}, classes).attributions[0].name == NAMES[0]


def test_the_document_has_them_beside_the_controls_on_the_same_pairs(report: Report) -> None:
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    run = document["runs"][0]
    assert tuple(run["attributions"]) == NAMES
    assert not set(NAMES) & set(run["controls"])
    assert run["attributions"]["gradient-input"]["faithfulness"]["deletion"] < run["explanations"]["faithfulness"]["deletion"]
    lift = run["lift_over_attributions"]["faithfulness"]["deletion"]
    best = min(found["faithfulness"]["deletion"] for found in run["attributions"].values())
    assert lift["attribution"] in NAMES
    assert lift["difference"] == pytest.approx(best - run["explanations"]["faithfulness"]["deletion"], abs=1e-9)
    assert lift["high"] < 0
    assert not lift["beats"]
    counts = {e.metric: len(e.values) for figures in (report.runs[0].attributions["gradient-input"],) for e in figures}
    own = {e.metric: len(e.values) for e in report.runs[0].explanations}
    assert counts["deletion"] == own["deletion"], "who names nothing stays in the mean"


def test_tables_have_the_rows_and_the_last_line_says_who_does_not_beat_them(report: Report) -> None:
    document = report.to_dict()
    assert [kind for kind, *_ in rows_beside(document, "faithfulness")] == ["control"] * 4 + ["attribution"] * 2
    out = StringIO()
    Console(file=out, width=200).print(*evaluation_tables(report))
    assert "attribution: gradient-input" in out.getvalue()
    line = closing_line(document)
    assert "; explanations of backwards do not beat " in line
    assert "the attribution" in line
    assert "in deletion" in line


def test_an_explainer_does_not_stand_beside_itself_nor_where_it_cannot_work() -> None:
    own = measured(load_registry(strict=True).get("explainer", "gradient-input")(), Relu(DATA)).to_dict()["runs"][0]
    assert set(own["attributions"]) == {"integrated-gradients"}
    registry = load_registry(strict=True)
    alone = measured(registry.get("explainer", "echo")(), Alone(DATA)).to_dict()
    assert alone["runs"][0]["attributions"] == {}
    assert "attribution" not in closing_line(alone)


def test_ties_are_no_beating() -> None:
    """An attribution by another name: nothing is lost and nothing won."""

    class Copy(load_registry(strict=True).get("explainer", "gradient-input")):  # type: ignore[misc]
        name, attribution = "copy", False

    document = measured(Copy(), Relu(DATA)).to_dict()
    lift = document["runs"][0]["lift_over_attributions"]["faithfulness"]["deletion"]
    assert not lift["beats"]
    assert "explanations of copy do not beat" in closing_line(document)


def test_of_several_seeds_the_mean_is_compared() -> None:
    document = measured(Backwards(), Relu(DATA), 0, 1).to_dict()
    found = document["over_seeds"]["backwards"]["user_agreement"]["ndcg@10"]
    assert set(found) >= {"mean", "lift", "lift_over_attributions"}
    told = standings(document, "user_agreement", "ndcg@10", "lift_over_attributions")["backwards"]
    assert told == found["lift_over_attributions"]


def test_without_any_nothing_is_said() -> None:
    explainer, model = Backwards(), Relu(DATA)
    explainer.fit(model, DATA, px.RunOptions())
    found = evaluate([Subject("r", "m", 0, model, explainer)], DATA, Plan(METRICS, explanations=True), Controls(), choose_against)
    assert "explanations of" not in closing_line(found.to_dict())
