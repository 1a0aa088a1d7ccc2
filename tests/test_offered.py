"""What a hook may give."""

from __future__ import annotations

import pytest

from pyexplain.errors import PluginError
from pyexplain.explainers import Explainer
from pyexplain.metrics import Metric
from pyexplain.offered import check_offered, classes_of, docstring_of


def test_classes_may_come_in_any_order_of_things() -> None:
    assert classes_of((int, str)) == classes_of(kind for kind in (int, str)) == [int, str]


@pytest.mark.parametrize("given", [int, None, 3])
def test_one_class_or_nothing_is_refused_with_what_to_write(given: object) -> None:
    with pytest.raises(PluginError, match="expected a list of classes") as caught:
        classes_of(given)
    assert caught.value.hint == f"Write: return [{'int' if given is int else 'MyMethod'}]."


def test_an_object_is_told_from_its_class() -> None:
    class Made(Explainer):
        name = "made"
        comes_with = "vbpr"

        def weigh(self, margin):
            return margin.features

    assert check_offered(Made, "explainer") is Made
    with pytest.raises(PluginError, match="expected classes with a name") as caught:
        check_offered(Made(), "explainer")
    assert caught.value.hint == "Give the class, Made, not an object of it."


@pytest.mark.parametrize("given", ["gradients", ["scores"], ("scores",), {1}, None])
def test_what_is_needed_is_a_set_of_words(given: object) -> None:
    class Needing(Explainer):
        name = "needing"
        comes_with = "vbpr"
        needs = given  # type: ignore[assignment]

        def weigh(self, margin):
            return margin.features

    with pytest.raises(PluginError, match="needs of the explainer Needing is .*expected a set of words") as caught:
        check_offered(Needing, "explainer")
    assert caught.value.hint.startswith("Write: needs = frozenset({")


def test_a_metric_is_told_what_to_write() -> None:
    with pytest.raises(PluginError, match="does not say its direction, needs") as caught:
        type("Bare", (Metric,), {"name": "bare", "group": "g", "key": "k"})
    assert caught.value.hint == 'Write in the class: direction = "higher" (or "lower"); needs = frozenset({"explanations"}).'
    with pytest.raises(PluginError, match="expected a set of words"):
        type("Wrong", (Metric,), {"name": "w", "group": "g", "key": "k", "direction": "higher", "needs": "explanations"})


def test_what_a_base_class_says_is_not_said_of_a_class_without_a_docstring() -> None:
    class Silent(Explainer):
        name = "silent"

        def weigh(self, margin):
            return margin.features

    class Speaking(Silent):
        """Weights: the values.

        As they are."""

    class Heir(Speaking):
        pass

    assert docstring_of(Silent) == ""
    assert docstring_of(Speaking) == docstring_of(Heir) == "Weights: the values. As they are."
