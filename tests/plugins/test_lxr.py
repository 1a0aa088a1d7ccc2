"""LXR: its loss by hand, that it learns which feature holds a preference, and that the recommender stays as it is."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
import torch

from pyexplain import RunOptions, UsageError
from pyexplain.plugins.lxr import LXR
from pyexplain.recommenders.config import make_config
from pyexplain.registry import load_registry

from ..explainers.toys import Linear, world_with
from ..worlds import small_world

DATA = small_world()


def softplus(x: float) -> float:
    return log(1 + exp(x))


def test_the_loss_by_hand() -> None:
    """An untrained mask is a half everywhere: the margin 2 * 4 - 1 * 2 = 6 is halved on both sides."""
    data = world_with([[4, 2]])
    explainer = LXR(LXR.Config(keep=2.0, drop=3.0, size=0.5))
    explainer.recommender, explainer.data = Linear(data, [[3, -2], [1, -1]]), data
    explainer._make()
    found = float(explainer.loss(np.array([[0, 0]]), np.array([1])).detach())
    assert found == pytest.approx(2 * softplus(-3) + 3 * softplus(3) + 0.5 * 0.5, rel=1e-5)


class Liked(Linear):
    """R(u, i) = f_u[0] where u liked i in training, else 0: no other feature plays a part."""

    def scores(self, users, items, user_features=None, item_features=None):
        f_u = self.f_u[users] if user_features is None else user_features
        return f_u[:, 0] * self.liked[users, items]


def test_it_keeps_what_holds_the_preference() -> None:
    """Features 1 and 2 do nothing, and cost."""
    data = world_with([[4, 4, 4]] * 20)
    model = Liked(data, [])
    model.liked = torch.zeros(data.n_users, data.n_items)
    model.liked[torch.tensor(data.train[:, 0]), torch.tensor(data.train[:, 1])] = 1
    explainer = LXR(LXR.Config(mask_epochs=60))
    explainer.fit(model, data, RunOptions(seed=1))
    found = explainer.explain(np.array([[u, int(data.train[0, 1])] for u in range(20)])).weights.dense()
    assert (found[:, 0] > 0.8).all()
    assert (found[:, 1:3] < 0.5).all()
    assert (found[:, 3:] == 0).all()


def test_the_recommender_stays_and_the_state_comes_back() -> None:
    cls = load_registry(strict=True).get("recommender", "vbpr")
    recommender = cls(cls.Config(dim=8, epochs=5))
    recommender.fit(DATA, RunOptions(seed=2))
    before = recommender.state()
    explainer = LXR(LXR.Config(mask_epochs=3))
    explainer.fit(recommender, DATA, RunOptions(seed=2, max_memory=1))
    assert all(torch.equal(before[name], value) for name, value in recommender.state().items())
    assert all(p.grad is None for p in recommender.model.network.parameters())
    other = LXR(LXR.Config(mask_epochs=3))
    other.recommender, other.data = recommender, DATA
    other.load_state(explainer.state())
    found, again = (one.explain(DATA.test).weights.dense() for one in (explainer, other))
    np.testing.assert_allclose(found, again, atol=1e-6)
    assert np.ptp(found[found > 0]) > 0


def test_the_unit_of_the_scores_does_not_matter() -> None:
    """Scores 1,024 times as large (a power of two, so that rounding is the same) give the same masks."""
    data = world_with([[4, 4, 4]] * 20)
    rows = np.random.default_rng(0).normal(size=(data.n_items, 3))
    masks = []
    for unit in (1, 1024):
        explainer = LXR()
        explainer.fit(Linear(data, (rows * unit).tolist()), data, RunOptions(seed=1))
        masks.append(explainer.explain(data.test[:10]).weights.dense())
    np.testing.assert_allclose(masks[0], masks[1], rtol=1e-4)
    assert masks[0].std() > 0.01


@pytest.mark.parametrize("bad", [{"mask_hidden": 0}, {"mask_epochs": 0}, {"mask_rate": 0.0}, {"size": -1.0}, {"sise": 1.0}])
def test_settings_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=next(iter(bad))):
        make_config(LXR.Config, bad, "--set")
