"""CAR's weights: by hand on a linear score, where the most harmful step is the weights' own direction."""

from __future__ import annotations

import numpy as np
import pytest

from pyexplain import RunOptions
from pyexplain.plugins.car import AdversarialExplainer

from ..explainers.toys import Linear, world_with


def test_what_the_step_takes_is_the_weight_and_what_it_adds_weighs_nothing() -> None:
    """The margin's gradient is (3, 0, -4, 0), of length 5: the step of length 2 takes 1.2 from feature 0 and adds 1.6 to 2."""
    data = world_with([[4, 2, 1]])
    explainer = AdversarialExplainer(AdversarialExplainer.Config(radius=2.0))
    explainer.fit(Linear(data, [[3, 1, 0], [0, 1, 4]]), data, RunOptions())
    found = explainer.explain(np.array([[0, 0]]), np.array([1]))
    np.testing.assert_allclose(found.weights.dense()[0, :4], [1.2, 0, 0, 0], rtol=1e-5)
    assert found.top(2).tolist() == [[0, -1]]


@pytest.mark.parametrize(
    ("weights", "wanted", "top"),
    [
        ("taken", [1.2, 0, 0, 0], [0, -1]),
        ("delta", [-1.2, 0, 1.6, 0], [2, -1]),  # the paper's phi, descending: what the step adds speaks for the other item
        ("abs-delta", [1.2, 0, 1.6, 0], [2, 0]),
    ],
)
def test_the_step_read_in_each_way(weights: str, wanted: list[float], top: list[int]) -> None:
    data = world_with([[4, 2, 1]])
    explainer = AdversarialExplainer(AdversarialExplainer.Config(radius=2.0, weights=weights))
    explainer.fit(Linear(data, [[3, 1, 0], [0, 1, 4]]), data, RunOptions())
    found = explainer.explain(np.array([[0, 0]]), np.array([1]))
    np.testing.assert_allclose(found.weights.dense()[0, :4], wanted, rtol=1e-5)
    assert found.top(2).tolist() == [top]
