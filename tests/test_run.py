"""An explainer that is in no package yet is handed over as a class, wherever a name would do."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
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
