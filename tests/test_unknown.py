"""A name that no plugin has: what is said of it helps, and can be read."""

from __future__ import annotations

import pytest

import pyexplain as px
from pyexplain.errors import UsageError
from pyexplain.unknown import MOST, hint_for

from .worlds import small_world


def test_a_few_names_are_listed_after_the_nearest() -> None:
    assert hint_for("cmr", ["vbpr", "cnr"], [], {}) == "Did you mean cnr? Known: cnr, vbpr."


def test_many_names_are_counted() -> None:
    hint = hint_for("method", [f"method-{k}" for k in range(MOST + 1)], [], {})
    assert "'pyexplain plugins' lists all 41." in hint
    assert "Known" not in hint


def test_a_name_of_another_kind_is_told_where_it_goes() -> None:
    others = {"recommender": ["ease"], "explainer": ["lime"], "metric": ["gini"]}
    assert hint_for("ease", ["cnr"], [], others).startswith("It is a recommender. Give it to --baseline.")
    assert hint_for("lime", ["vbpr"], [], others).startswith("It is an explainer. Give it to --explainer.")
    assert hint_for("gini", ["vbpr"], [], others).startswith("It is a metric. Known")


def test_what_could_not_be_loaded_stands_on_its_own_line() -> None:
    assert hint_for("x", [], ["plugin x of acme: no"], {}).splitlines()[-1] == "  Not loaded: plugin x of acme: no."


def test_epochs_are_told_as_they_are_typed() -> None:
    """`--epochs` is the only setting with an option of its own."""
    with pytest.raises(UsageError) as caught:
        px.train(small_world(), baseline="ease", epochs=3)
    assert caught.value.where == "train(epochs=...) of ease"
    assert caught.value.on_command_line()[1] == "--epochs of ease"
