"""Gradient times input: by hand on a linear score, what a network's own gradient says, and nothing for what is not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain import RunOptions, UsageError
from pyexplain.plugins.gradient_input import GradientInput
from pyexplain.registry import load_registry

from ..explainers.toys import Linear, world_with
from ..worlds import small_world

DATA = small_world()


def test_of_a_linear_score_it_is_weight_times_feature_and_what_speaks_against_is_not_named() -> None:
    data = world_with([[4, 2, 0]])
    explainer = GradientInput()
    explainer.fit(Linear(data, [[3, -1, 2], [1, 1, 5]]), data, RunOptions())
    found = explainer.explain(np.array([[0, 0]]), np.array([1])).weights
    np.testing.assert_allclose(found.dense()[0, :3], [8, 0, 0], rtol=1e-5)
    assert found.indices.tolist() == [0]


@pytest.mark.parametrize("name", ["vbpr", "nar"])
def test_it_is_the_gradient_of_the_recommenders_own_scores(name: str) -> None:
    cls = load_registry(strict=True).get("recommender", name)
    keys = {key: value for key, value in {"dim": 8, "epochs": 3, "batch_size": 32}.items() if key in cls.Config.model_fields}
    recommender = cls(cls.Config(**keys))
    recommender.fit(DATA, RunOptions(seed=2))
    explainer = GradientInput()
    explainer.fit(recommender, DATA, RunOptions())
    pairs, others = DATA.test[:9], (DATA.test[:9, 1] + 3) % DATA.n_items
    weights = explainer.explain(pairs, others).weights.dense()
    features = torch.from_numpy(DATA.user_features.select(pairs[:, 0]).dense()).requires_grad_()
    users, items, foils = (torch.from_numpy(np.ascontiguousarray(x)) for x in (pairs[:, 0], pairs[:, 1], others))
    margin = recommender.scores(users, items, features) - recommender.scores(users, foils, features)
    (gradient,) = torch.autograd.grad(margin.sum(), features)
    by_hand = (features.detach() * gradient).numpy()
    np.testing.assert_allclose(weights, np.maximum(by_hand, 0), atol=1e-5)
    assert (weights > 0).any()


def test_a_recommender_without_gradients_is_refused() -> None:
    cls = load_registry(strict=True).get("recommender", "ncf")
    recommender = cls(cls.Config(dim=4, epochs=1))
    with pytest.raises(UsageError, match="gradients"):
        GradientInput().fit(recommender, DATA, RunOptions())
