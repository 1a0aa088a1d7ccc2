"""`plugins show`: what is shown is what the class says."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import pyexplain as px
from pyexplain.cli import group
from pyexplain.present.plugin import shown_document
from pyexplain.registry import load_registry, named

REGISTRY = load_registry()


def test_every_plugin_can_be_shown_and_its_defaults_are_taken_back() -> None:
    for name in {registered.name for registered in REGISTRY.found}:
        for registered, shown in zip(named(REGISTRY, name), shown_document(named(REGISTRY, name))["plugins"], strict=True):
            json.dumps(shown)
            assert shown["about"], name
            config = getattr(registered.cls, "Config", None)
            if config is not None:
                defaults = {key["key"]: key["default"] for key in shown["keys"]}
                assert config(**defaults) == config()
                assert all(key["values"] for key in shown["keys"])


def test_a_metric_is_shown_with_its_place_in_reports_and_how_it_is_read() -> None:
    said = CliRunner().invoke(group, ["plugins", "show", "deletion"]).output
    assert "in reports: deletion of faithfulness, 0..1, lower is better" in said
    [shown] = shown_document(named(REGISTRY, "l1-mean"))["plugins"]
    assert shown["figure"]["range"] == [0, None]


def test_what_an_explainer_comes_with_is_shown() -> None:
    assert "comes with: vbpr" in CliRunner().invoke(group, ["plugins", "show", "shap-sampling"]).output


def test_bounds_and_choices_are_told() -> None:
    [explainer] = [p for p in shown_document(named(REGISTRY, "cnr"))["plugins"] if p["kind"] == "explainer"]
    values = {key["key"]: key["values"] for key in explainer["keys"]}
    assert values["solver"] == "linearized, adam"
    assert values["l1"] == "number >= 0"


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(px.UsageError, match="Did you mean"):
        named(REGISTRY, "cnrr")


def test_the_page_fits_a_terminal() -> None:
    shown = CliRunner().invoke(group, ["plugins", "show", "cnr"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert "counterfactual_weight" in shown.output
    assert "recommender cnr, of pyexplain" in shown.output
