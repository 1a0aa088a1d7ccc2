"""Integrated gradients: by hand on a linear score, completeness on a network, and nothing for features that are not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pyexplain import RunOptions, UsageError
from pyexplain.plugins.integrated_gradients import IntegratedGradients
from pyexplain.registry import load_registry

from ..explainers.toys import Linear, world_with
from ..worlds import small_world

DATA = small_world()


def fitted(steps: int = 32, **options: int) -> IntegratedGradients:
    cls = load_registry(strict=True).get("recommender", "vbpr")
    recommender = cls(cls.Config(dim=8, epochs=30, batch_size=32, patience=0, learning_rate=0.01))
    recommender.fit(DATA, RunOptions(seed=2))
    explainer = IntegratedGradients(IntegratedGradients.Config(steps=steps))
    explainer.fit(recommender, DATA, RunOptions(**options))
    return explainer


def test_of_a_linear_score_it_is_weight_times_feature() -> None:
    data = world_with([[4, 2, 0]])
    explainer = IntegratedGradients(IntegratedGradients.Config(steps=3))
    explainer.fit(Linear(data, [[3, -1, 2], [1, 1, 5]]), data, RunOptions())
    found = explainer.attributions(np.array([[0, 0]]), np.array([1]))[0]
    np.testing.assert_allclose(found[:3], [8, -4, 0], rtol=1e-5)
    explained = explainer.explain(np.array([[0, 0]]), np.array([1])).weights.dense()[0]
    np.testing.assert_allclose(explained[:3], [8, 0, 0], rtol=1e-5)


def test_attributions_add_up_to_what_the_features_change() -> None:
    explainer = fitted(steps=256)
    pairs, against = DATA.test, (DATA.test[:, 1] + 3) % DATA.n_items
    users, items, others = (torch.from_numpy(c.copy()) for c in (pairs[:, 0], pairs[:, 1], against))
    nothing = torch.zeros(len(pairs), DATA.n_features)
    margin = [
        explainer.recommender.scores(users, items, f) - explainer.recommender.scores(users, others, f) for f in (None, nothing)
    ]
    wanted = (margin[0] - margin[1]).detach().numpy()
    found = explainer.attributions(pairs, against)
    np.testing.assert_allclose(found.sum(axis=1), wanted, atol=0.01 * np.abs(wanted).max())
    assert np.abs(wanted).max() > 0.1
    assert (found[DATA.user_features.select(pairs[:, 0]).dense() == 0] == 0).all()


def test_a_small_memory_gives_the_same() -> None:
    pairs, against = DATA.test, (DATA.test[:, 1] + 3) % DATA.n_items
    np.testing.assert_allclose(fitted().attributions(pairs, against), fitted(max_memory=1).attributions(pairs, against), atol=1e-5)


def test_a_recommender_without_gradients_is_refused() -> None:
    cls = load_registry(strict=True).get("recommender", "item-popularity")
    recommender = cls()
    recommender.fit(DATA, RunOptions())
    with pytest.raises(UsageError, match="needs gradients"):
        IntegratedGradients().fit(recommender, DATA, RunOptions())
