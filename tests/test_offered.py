"""What a hook may give."""

from __future__ import annotations

import pytest

from pyexplain.errors import PluginError
from pyexplain.explainers import Explainer
from pyexplain.offered import check_offered, classes_of


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
