"""The additive form asked in all its ways: pair by pair, by catalogue, at other features, by the form that solvers know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pyexplain import RunOptions
from pyexplain.data.counts import seen_by
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.plugins.hybrid import Hybrid
from pyexplain.recommenders.additive_model import FEW, AdditiveModel
from tests.worlds import small_world

KINDS = [("word",), ("history",), ("word", "history")]


def made(kinds: tuple[str, ...]) -> tuple[AdditiveModel, Dataset]:
    data = seen_by(small_world(), kinds, counts=True)
    recommender = Hybrid(Hybrid.Config(dim=6))
    recommender.prepare(data, RunOptions())
    model, g = recommender.additive, torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter += torch.randn(parameter.shape, generator=g)
    model.changed()
    return model, data


def asked(data: Dataset) -> tuple[torch.Tensor, torch.Tensor, SparseRows]:
    """Pairs and the features of other users."""
    rng = np.random.default_rng(0)
    users, items, others = (torch.from_numpy(rng.integers(0, n, 50)) for n in (data.n_users, data.n_items, data.n_users))
    return users, items, data.user_features.select(others.numpy())


@pytest.mark.parametrize("kinds", KINDS)
def test_every_way_of_asking_gives_the_same_scores(kinds: tuple[str, ...]) -> None:
    model, data = made(kinds)
    users, items, other = asked(data)
    for rows in (None, other):
        sparse, dense = (None, None) if rows is None else (rows.tensors(), torch.from_numpy(rows.dense()))
        wanted = model.scores(users, items, sparse, None)
        torch.testing.assert_close(model.catalogue_scores(users, sparse)[torch.arange(50), items], wanted)
        side, own = model.user_side(users, items), data.user_features.select(users.numpy()) if rows is None else rows
        torch.testing.assert_close(side.score(torch.from_numpy(own.dense()) @ side.feature_map), wanted, atol=1e-4, rtol=1e-4)
        if dense is not None:
            torch.testing.assert_close(model.scores(users, items, dense, None), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kinds", KINDS)
def test_slopes_are_the_gradient(kinds: tuple[str, ...]) -> None:
    model, data = made(kinds)
    users, items, rows = asked(data)
    features = torch.from_numpy(rows.dense()).requires_grad_()
    (gradient,) = torch.autograd.grad(model.scores(users, items, features, None).sum(), features)
    found = model.slopes(users, items, rows.tensors())
    torch.testing.assert_close(found, gradient[torch.from_numpy(rows.row_indices()), torch.from_numpy(rows.indices)])


def test_the_divisor_is_of_the_users_own_history() -> None:
    model, data = made(("history",))
    user, item = torch.tensor([3]), torch.tensor([5])
    liked = int(data.liked.offsets[4] - data.liked.offsets[3])
    none = SparseRows.empty((1, data.n_features)).tensors()
    part = model.scores(user, item, None, None) - model.scores(user, item, none, None)
    whole = sum(model.network.taken[k] @ model.network.given[5] for k in data.user_features.row(3)[0].tolist())
    torch.testing.assert_close(part[0], (whole / liked**0.5).detach())


@pytest.mark.parametrize("kinds", [("word", "history"), ("word",)])
def test_few_users_are_answered_as_among_all_and_other_users_as_if_made_anew(kinds: tuple[str, ...]) -> None:
    data = seen_by(small_world(), kinds, True)
    recommender = Hybrid(Hybrid.Config(dim=6))
    recommender.prepare(data, RunOptions())
    users, items = torch.tensor([3, 7, 3]), torch.tensor([0, 5, 9])
    few, whole = recommender.scores(users, items), recommender.catalogue_scores(users)
    recommender.additive.past()
    assert torch.equal(few, recommender.scores(users, items))
    assert torch.equal(whole, recommender.catalogue_scores(users))
    turned = data.user_features.select(np.arange(data.n_users)[::-1])
    other = replace(data, user_features=turned, users=data.users.select(range(data.n_users - 1, -1, -1)))
    bound, anew = recommender.with_users(other), Hybrid(Hybrid.Config(dim=6))
    anew.prepare(other, RunOptions())
    anew.load_state(recommender.state())
    assert torch.equal(bound.scores(users, items), anew.scores(users, items))
    assert torch.equal(bound.catalogue_scores(users), anew.catalogue_scores(users))


def test_who_goes_on_asking_about_few_users_waits_for_all_once() -> None:
    recommender = Hybrid(Hybrid.Config(dim=6))
    recommender.prepare(seen_by(small_world(), ("word", "history"), True), RunOptions())
    user, item = torch.tensor([3]), torch.tensor([5])
    found = [recommender.scores(user, item)]
    assert recommender.additive._past is None
    found += [recommender.scores(user, item) for _ in range(FEW)]
    assert recommender.additive._past is not None
    assert len({float(score) for score in found}) == 1
