"""An explainer that is in no package yet is handed over as a class, wherever a name would do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import PluginError, UsageError
from pyexplain.explainers import Explainer
from pyexplain.margin import Margin
from tests.worlds import small_world


class Loudest(Explainer):
    """The features that weigh most in the profile."""

    name = "loudest"
    comes_with = "vbpr"
    contrastive = False

    def weigh(self, margin: Margin) -> np.ndarray:
        return margin.features.dense()


def test_an_explainer_may_be_a_class_that_is_in_no_package() -> None:
    run = px.train(small_world(), baseline="vbpr", settings={"epochs": 1, "dim": 4})
    user = run.data.user_ids[0]
    item, _ = run.recommend(user, k=1)[0]
    assert run.explain(user, item, explainer=Loudest).method == "loudest"
    assert px.evaluate(run, explanations=True, explainer=Loudest, max_pairs=5).to_dict()["runs"][0]["method"] == "vbpr by loudest"
    blind = px.train(run.data, baseline="random")
    with pytest.raises(UsageError, match="needs attention"):
        blind.explainer(type("Watched", (Loudest,), {"needs": frozenset({"attention"}), "name": "watched"}))


def test_a_class_without_a_name_or_of_another_kind_is_refused_with_what_is_wrong() -> None:
    run = px.train(small_world(), baseline="vbpr", settings={"epochs": 1, "dim": 4})
    user, item = run.data.user_ids[0], run.data.item_ids[0]
    unnamed = type("Unnamed", (Explainer,), {"weigh": Loudest.weigh, "comes_with": "vbpr"})
    wrong = {
        "the explainer Loudest has an empty name": type("Loudest", (Loudest,), {"name": ""}),
        "expected classes with a name, got .*Unnamed": unnamed,
        "no subclass of pyexplain.explainers.base.Explainer": type(run.recommender),
        "does not give weigh": type("Half", (Explainer,), {"name": "half"}),
    }
    for said, cls in wrong.items():
        with pytest.raises(PluginError, match=said):
            run.explain(user, item, explainer=cls)
        with pytest.raises(PluginError, match=said):
            px.evaluate(run, explanations=True, explainer=cls, max_pairs=5)
    for thing in (Loudest(), 5):
        with pytest.raises(UsageError, match=r"expected the name of an installed explainer, got [\s\S]*as a class"):
            run.explain(user, item, explainer=thing)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected the name of an installed explainer"):
        px.train(run.data, explainer=Loudest)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="unknown explainer ''"):
        px.train(run.data, explainer="")
    with pytest.raises(UsageError, match="unknown explainer ''"):
        px.evaluate(run, explanations=True, explainer="")
    with pytest.raises(UsageError, match="an empty name"):
        px.wrap(lambda users, items, features: users, run.data, name=" ")


def test_what_is_no_run_no_number_of_items_or_a_number_for_an_id_is_understood_or_said() -> None:
    data = small_world()
    digits = {name: str(number) for number, name in enumerate(data.users.names)}
    run = px.train(replace(data, users=Vocabulary(digits.values(), "user")), baseline="item-knn")
    assert run.recommend(3, 2) == run.recommend("3", 2)
    assert run.recommend([3], 2).equals(run.recommend(["3"], 2))
    for k in (0, -1, 2.5):
        with pytest.raises(UsageError, match="is not a whole number"):
            run.recommend("3", k)  # type: ignore[call-overload]
    for measure in (px.evaluate, px.compare, px.diff):
        with pytest.raises(UsageError, match=r"'a-folder' is no run[\s\S]*load_run"):
            measure(run, "a-folder")  # type: ignore[operator]
