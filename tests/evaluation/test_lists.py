"""Lists as a whole: measured where that is asked for, beside the items, and by the same metrics."""

from __future__ import annotations

import numpy as np
import pytest

import pyexplain as px
from pyexplain.explainers.order import Order
from pyexplain.metrics.base import MetricInput
from pyexplain.registry import load_registry

from ..worlds import small_world

DATA = small_world()


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(DATA, epochs=3, dim=8)


def test_lists_are_measured_where_they_are_asked_for(run: px.Run) -> None:
    alone, both = (px.evaluate(run, explanations=True, level=level, k=4) for level in ("item", "list"))
    first, second = (found.to_dict()["runs"][0]["explanations"] for found in (alone, both))
    assert "list_removal" not in first
    assert set(second) == set(first) | {"list_removal"}
    assert second["removal"] == first["removal"]
    lists = second["list_removal"]
    assert {"pn_s", "pn_r", "size", "pn_s@1", "pn_r@3", "pos_p", "neg_p", "gini"} <= set(lists)
    assert not {"del", "ins", "cdcg", "pos@4"} & set(lists)
    assert "list_removal" in both.to_dict()["runs"][0]["controls"]["echo"]


def test_the_figure_is_that_of_the_lists(run: px.Run) -> None:
    found = px.evaluate(run, explanations=True, level="list", k=4)
    lists = run.explainer().explain_lists(np.arange(DATA.n_users), 4)
    given = MetricInput(run.data, 4, explanations=lists, catalogue=Order(run.recommender, run.data).scores)
    wanted = load_registry().get("metric", "pn-s")().measure(given, "x").value
    assert found.to_dict()["runs"][0]["explanations"]["list_removal"]["pn_s"] == pytest.approx(wanted)


def test_another_level_is_refused(run: px.Run) -> None:
    with pytest.raises(px.UsageError, match="no level 'page'"):
        px.evaluate(run, explanations=True, level="page")  # type: ignore[arg-type]
