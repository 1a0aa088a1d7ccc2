"""Every check bites: a plugin broken in just that way fails it; sound ones pass; and how outcomes are judged and told."""

from __future__ import annotations

import io
import json
import re
from functools import cache

import pytest
from click.testing import CliRunner
from rich.console import Console

from pyexplain.cli import group
from pyexplain.errors import UsageError
from pyexplain.metrics.base import MetricInput
from pyexplain.present.checks import check_table
from pyexplain.registry import load_registry
from pyexplain.testing import (
    Contract,
    ExplainerContract,
    MetricContract,
    ReaderContract,
    RecommenderContract,
    check_class,
    check_plugin,
)
from pyexplain.testing.run import CONTRACTS, Checked

from . import broken_explainers, broken_offers, broken_others, broken_recommenders

REGISTRY = load_registry(strict=True)
KITS: dict[str, tuple[type[Contract], dict[str, type], set[str]]] = {
    "recommender": (RecommenderContract, broken_recommenders.BROKEN | broken_offers.BROKEN, set()),
    "explainer": (ExplainerContract, broken_explainers.BROKEN, set()),
    "metric": (MetricContract, broken_others.METRICS, set()),
    "reader": (ReaderContract, broken_others.READERS, set()),
}
SOUND = [
    ("recommender", broken_recommenders.Sound),
    ("recommender", broken_offers.Giving),
    ("explainer", broken_explainers.Sound),
    ("explainer", broken_explainers.Weighing),
    ("explainer", broken_explainers.OfLinearSides),
]
EVERY = [(kind, check) for kind, (_, broken, _) in KITS.items() for check in broken]


def judge(kind: str, cls: type, check: str):
    return type("Check", (KITS[kind][0],), {"cls": cls}).judge(check)


@pytest.mark.parametrize(("kind", "check"), EVERY)
def test_the_check_bites(kind: str, check: str) -> None:
    found = judge(kind, KITS[kind][1][check], check)
    assert found.status == "failed", found
    assert found.reason


@pytest.mark.parametrize(("check", "cls", "said"), broken_offers.MORE)
def test_it_bites_in_other_places_and_says_where(check: str, cls: type, said: str) -> None:
    found = judge("recommender", cls, check)
    assert found.status == "failed", found
    assert re.search(said, found.reason), found.reason


def test_what_need_not_be_given_is_skipped_with_a_reason_where_it_is_not_and_checked_where_it_is() -> None:
    for check in broken_offers.BROKEN:
        skipped = judge("recommender", broken_recommenders.Sound, check)
        assert skipped.status == "skipped"
        assert "()" in skipped.reason
        assert judge("recommender", broken_offers.Giving, check).status == "passed"


def test_a_metric_that_always_fails_is_not_said_to_read_more_than_its_needs() -> None:
    def values(self, given):
        raise LookupError("no yardstick")

    found = judge("metric", broken_others.metric(values=values), "needs_are_what_it_reads")
    assert found.reason.startswith("LookupError: no yardstick")


@pytest.mark.parametrize("kind", KITS)
def test_every_check_has_a_broken_plugin(kind: str) -> None:
    contract, broken, excused = KITS[kind]
    assert set(contract.checks()) == set(broken) | excused


@pytest.mark.parametrize(("kind", "cls"), SOUND)
def test_what_the_broken_ones_derive_from_is_sound(kind: str, cls: type) -> None:
    assert [outcome for outcome in check_class(kind, cls) if outcome.status == "failed"] == []


@cache
def input_of_metrics() -> MetricInput:
    """What all metrics are given."""
    return MetricContract().given()


def weights_of_input() -> bytes:
    found = input_of_metrics().explanations
    assert found is not None
    return found.weights.values.tobytes()


class OfOneInput(MetricContract):
    """The contract of metrics, whose input is made once and not for each of them."""

    def given(self) -> MetricInput:
        return input_of_metrics()


@pytest.mark.parametrize(("kind", "name"), [(r.kind, r.name) for r in REGISTRY.found if r.package == "pyexplain"])
def test_everything_built_in_keeps_its_promises(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONTRACTS, "metric", OfOneInput)
    before = weights_of_input() if kind == "metric" else b""
    outcomes = check_class(kind, REGISTRY.get(kind, name))
    assert kind != "metric" or weights_of_input() == before, "it changed what it was given"
    assert [(o.check, o.reason) for o in outcomes if o.status == "failed"] == []
    assert sum(o.status == "passed" for o in outcomes) >= 5


def test_an_expected_failure_is_one_and_must_not_pass() -> None:
    class Excused(broken_recommenders.Nan):
        expected_failures = {"scores_have_shape_and_are_finite": "it divides by zero", "name_is_plain": "it is loud"}

    assert judge("recommender", Excused, "scores_have_shape_and_are_finite").status == "expected failure"
    passes = judge("recommender", Excused, "name_is_plain")
    assert passes.status == "failed"
    assert "but passes" in passes.reason


def test_a_contract_is_three_lines_in_pytest() -> None:
    class TestMine(RecommenderContract):
        cls = broken_recommenders.Sound

    tests = [name for name in dir(TestMine) if name.startswith("test_")]
    assert len(tests) == len(TestMine.checks())
    TestMine().test_name_is_plain()

    class TestBroken(RecommenderContract):
        cls = broken_recommenders.Shouting

    with pytest.raises(AssertionError, match="name is 'SHOUTING Name'"):
        TestBroken().test_name_is_plain()
    with pytest.raises(pytest.skip.Exception, match="does not offer attention"):
        TestMine().test_attention_sums_to_one()


def test_the_command_tells_outcomes_counts_and_status(monkeypatch: pytest.MonkeyPatch) -> None:
    found = CliRunner().invoke(group, ["plugins", "check", "popularity", "--json"])
    assert found.exit_code == 0
    (checked,) = json.loads(found.stdout)["checked"]
    assert checked["ok"]
    assert {c["outcome"] for c in checked["checks"]} == {"passed", "skipped"}
    shown = CliRunner().invoke(group, ["plugins", "check", "popularity"]).stdout
    assert "31 checks: 27 passed, 4 skipped, 0 expected failures, 0 failed." in shown
    monkeypatch.setattr(REGISTRY.get("explainer", "popularity"), "name", "Loud", raising=True)
    failed = CliRunner().invoke(group, ["plugins", "check", "Loud"])
    assert failed.exit_code == 1
    assert "promised: The name is lower case" in " ".join(failed.stdout.split())


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no plugin is called 'nosuch'"):
        list(check_plugin(REGISTRY, "nosuch"))
    assert CliRunner().invoke(group, ["plugins", "check", "nosuch"]).exception is not None


def test_one_cause_of_many_failures_is_told_once() -> None:
    """What is raised in every check is a page of the same lines otherwise."""

    class Raising(broken_recommenders.Sound):
        def scores(self, *given):
            raise LookupError("no scores today")

    outcomes = tuple(check_class("recommender", Raising))
    console = Console(width=200, record=True, file=io.StringIO())
    for part in check_table(Checked("recommender", "raising", "acme", outcomes)):
        console.print(part)
    said = console.export_text()
    assert sum(o.status == "failed" for o in outcomes) > 5
    assert said.count("no scores today") == 1
    assert "as gradients_are_those_of_the_scores" in said
