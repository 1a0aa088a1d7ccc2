"""EFM: its score by hand, factors that fit and stay non-negative, features that stand in, and attention for explainers."""

from __future__ import annotations

import numpy as np
import torch

from pyexplain import RunOptions
from pyexplain.plugins.efm import EFM
from pyexplain.registry import load_registry

from ..explainers.toys import world_with
from ..worlds import small_world

DATA = small_world()


def test_the_score_by_hand() -> None:
    """f_u = (4, 2), predicted 0.5 elsewhere; f_i = (0, 3): quality 2 predicted for feature 0. Two features are cared for."""
    data = world_with([[4, 2]], [[0, 3]])
    made = EFM(EFM.Config(dim=1, hidden_dim=1, cared=2, share=0.75))
    made.prepare(data, RunOptions())
    for name, value in {"U1": 0.5, "V": 1.0, "U2": 2.0, "H1": 3.0, "H2": 0.5}.items():
        made.parameters[name].fill_(value)
    found = made.scores(torch.tensor([0]), torch.tensor([0]))
    torch.testing.assert_close(found, torch.tensor([0.75 * (4 * 2 + 2 * 3) / (2 * 5) + 0.25 * (0.5 * 2 + 3 * 0.5)]))
    changed = torch.zeros(1, data.n_features)
    changed[0, 1] = 2  # feature 0 is taken away: what else is predicted, 0.5 of feature 2 with quality 2, comes second
    wanted = 0.75 * (2 * 3 + 0.5 * made.qualities(torch.tensor([0]))[0, 2]) / 10 + 0.25 * 2.5
    torch.testing.assert_close(made.scores(torch.tensor([0]), torch.tensor([0]), changed), wanted[None])


def test_factors_fit_and_do_not_go_below_zero() -> None:
    made = EFM(EFM.Config(epochs=150))
    history = made.fit(DATA, RunOptions(seed=1))
    assert history[-1]["loss"] < 0.3 * history[0]["loss"]
    assert all((value >= 0).all() for value in made.state().values())
    assert any((value == 0).any() for value in made.state().values())
    liked = made._rating(*(torch.from_numpy(c.copy()) for c in DATA.train.T))
    assert liked.mean() > 3.5


def test_given_features_stand_in_for_the_own_ones() -> None:
    made = EFM(EFM.Config(epochs=30))
    made.fit(DATA, RunOptions(seed=1))
    users, items = (torch.from_numpy(c.copy()) for c in DATA.test.T)
    f_u = torch.from_numpy(DATA.user_features.select(users.numpy()).dense()).requires_grad_()
    f_i = torch.from_numpy(DATA.item_features.select(items.numpy()).dense())
    torch.testing.assert_close(made.scores(users, items, f_u, f_i).detach(), made.scores(users, items))
    (gradient,) = torch.autograd.grad(made.scores(users, items, f_u).sum(), f_u)
    assert (gradient > 0).any()


def test_explainers_that_ask_for_attention_or_gradients_work_on_it() -> None:
    registry = load_registry(strict=True)
    made = EFM(EFM.Config(epochs=30))
    made.fit(DATA, RunOptions(seed=1))
    for name in ("nar", "cnr", "car", "integrated-gradients"):
        explainer = registry.get("explainer", name)()
        explainer.fit(made, DATA, RunOptions(seed=1))
        found = explainer.explain(DATA.test).weights.dense()
        assert np.isfinite(found).all()
        assert (found > 0).any()
