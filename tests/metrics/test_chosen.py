"""evaluate(..., metrics=...): a few metrics beside the ranking, with the figures that they have among all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import pyexplain as px
from pyexplain.errors import UsageError
from pyexplain.metrics.chosen import chosen_metrics
from tests.metrics.toys import all_metrics
from tests.worlds import small_world


def figures(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document["runs"][0]["explanations"]
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def test_those_that_are_chosen_have_the_figures_that_they_have_among_all_and_nothing_else_is_measured() -> None:
    run = px.train(small_world(), explainer="cnr", settings={"epochs": 1, "dim": 4})
    whole = px.evaluate(run, explanations=True, max_pairs=20).to_dict()
    few = px.evaluate(run, explanations=True, max_pairs=20, metrics=["agreement", "deletion"]).to_dict()
    chosen = figures(few)
    assert set(chosen) == {"agreement", "user_agreement", "faithfulness"}
    assert set(chosen["faithfulness"]) == {"deletion"} < set(figures(whole)["faithfulness"])
    assert all(chosen[group][name] == figures(whole)[group][name] for group in chosen for name in chosen[group])
    assert few["runs"][0]["ranking"] == whole["runs"][0]["ranking"]
    assert few["runs"][0]["lift"]["faithfulness"]["deletion"] == whole["runs"][0]["lift"]["faithfulness"]["deletion"]
    told = set(few["warnings"]) - set(whole["warnings"])
    assert told == {"Beside the ranking only what was asked for is measured: agreement, deletion."}
    assert few["runs"][0].get("skipped", {}).keys() <= chosen.keys()


def test_a_metric_that_is_not_chosen_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    run = px.train(small_world(), explainer="cnr", settings={"epochs": 1, "dim": 4})
    insertion = run.registry.classes("metric")["insertion"]

    def refuse(self: object, given: object) -> None:
        raise AssertionError("insertion was measured")

    monkeypatch.setattr(insertion, "values", refuse)
    px.evaluate(run, explanations=True, max_pairs=5, metrics=["deletion"])
    with pytest.raises(AssertionError):
        px.evaluate(run, explanations=True, max_pairs=5, metrics=["insertion"])


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        (["deletin"], {"explanations": True}, "no metric or group 'deletin'[\\s\\S]*Did you mean deletion"),
        (["deletion"], {}, "nothing of deletion would be measured[\\s\\S]*explanations=True"),
        (["stability"], {"explanations": True}, "robust=True"),
        (["ndcg_kept"], {"explanations": True}, "attack=True"),
        (["novelty"], {"explanations": True}, "beyond_accuracy=True"),
        ("deletion", {"explanations": True}, "one text"),
    ],
)
def test_what_would_not_be_measured_is_said_with_what_to_add(names: Any, wanted: dict[str, bool], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        chosen_metrics(all_metrics().values(), names, wanted)


def test_every_name_and_group_can_be_chosen() -> None:
    wanted = dict.fromkeys(("explanations", "robust", "attack", "beyond_accuracy"), True)
    known = all_metrics().values()
    for metric in known:
        assert metric in chosen_metrics(known, [metric.name], wanted)
        assert {m for m in known if m.group == metric.group} <= set(chosen_metrics(known, [metric.group], wanted))
    rankings = [m for m in known if m.group == "ranking"]
    assert list(chosen_metrics(known, [], wanted)) == rankings
