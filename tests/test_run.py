"""An explainer that is in no package yet is handed over as a class, wherever a name would do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pyexplain as px
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.errors import UsageError
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
