"""Recommenders that read what a user liked: the same bits by any number of threads, contributions that add up, any view."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.margin import contributions
from pyexplain.recommenders import HistoryProduct, HistoryRecommender
from pyexplain.recommenders.history_view import HistoryView, scaled
from pyexplain.registry import load_registry
from tests.worlds import small_world

REGISTRY = load_registry(strict=True)
METHODS = [name for name, cls in REGISTRY.classes("recommender").items() if issubclass(cls, HistoryRecommender)]
LINEAR = [name for name in METHODS if "linear-user-side" in REGISTRY.get("recommender", name).offers]


def trained(name: str, **more: object) -> px.Run:
    fields = REGISTRY.get("recommender", name).Config.model_fields
    keys = {key: value for key, value in {"dim": 6, "epochs": 3, "batch_size": 32}.items() if key in fields}
    return px.train(small_world(), baseline=name, settings=keys, **more)  # type: ignore[arg-type]


def test_they_are_found() -> None:
    assert len(LINEAR) >= 2
    assert len(METHODS) > len(LINEAR)


@pytest.mark.parametrize("name", METHODS)
def test_any_number_of_threads_trains_the_same_bits(name: str) -> None:
    before = torch.get_num_threads()
    try:
        found = [trained(name, options=px.RunOptions(threads=threads)).recommender.state() for threads in (1, 3)]
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])


@pytest.mark.parametrize("name", METHODS)
def test_explained_by_the_history_and_by_nothing_where_features_have_none(name: str) -> None:
    run, words = trained(name), trained(name, kinds=["word"])
    assert run.data.kinds == ("history",)
    users, items = (torch.from_numpy(column.copy()) for column in run.data.test.T)
    torch.testing.assert_close(run.recommender.scores(users, items), words.recommender.scores(users, items))
    features = torch.rand(len(users), words.data.n_features, requires_grad=True)
    found = words.recommender.scores(users, items, features)
    torch.testing.assert_close(found.detach(), words.recommender.scores(users, items), atol=1e-6, rtol=1e-5)
    (gradient,) = torch.autograd.grad(found.sum(), features)
    assert not gradient.any()


@pytest.mark.parametrize("name", METHODS)
def test_contributions_of_liked_items_add_up_to_the_lead(name: str) -> None:
    run = trained(name)
    pairs = run.data.test[:40]
    against = (pairs[:, 1] + 7) % run.data.n_items
    found = contributions(run.recommender, run.data, pairs, against)
    users, items, others = (torch.from_numpy(c.copy()) for c in (*pairs.T, against))
    lead = (run.recommender.scores(users, items) - run.recommender.scores(users, others)).double().numpy()
    added = np.bincount(found.values.row_indices(), weights=found.values.values, minlength=len(pairs)) + found.nothing
    np.testing.assert_allclose(added, lead, atol=1e-5)
    assert set(found.values.indices) <= set(run.data.user_features.indices)


@pytest.mark.parametrize("name", LINEAR)
def test_the_smallest_change_of_the_history_is_solved(name: str) -> None:
    run = trained(name)
    explainer = run.explainer("hybrid")
    pairs = run.data.test[:30]
    found = explainer.explain(pairs, px.explainers.choose_against(run.recommender, run.data, pairs, 0))
    assert found.valid is not None
    assert found.valid.any()


def test_a_view_by_hand() -> None:
    data = small_world().with_kinds(["word", "history"])
    view = HistoryView.of(data, "cpu")
    users, items = torch.from_numpy(data.train[:5, 0].copy()), torch.from_numpy(data.train[:5, 1].copy())
    liked = view.own.dense()
    without = view.without(users, items).dense(data.n_items)
    for row in range(5):
        assert liked[users[row], items[row]] == 1
        assert without[row, items[row]] == 0
        assert without[row].sum() == liked[users[row]].sum() - 1
    table = torch.randn(data.n_items, 3, generator=torch.Generator().manual_seed(0))
    features = torch.from_numpy(data.user_features.select(users.numpy()).dense())
    wanted = features[:, data.n_features - data.n_items :] @ table
    for given in (None, features, data.user_features.select(users.numpy()).tensors()):
        torch.testing.assert_close(view.summed(users, given, table), wanted)
    torch.testing.assert_close(features @ view.placed(table), wanted)
    torch.testing.assert_close(scaled(view.rows(users), torch.full((5,), 2.0)).dense(data.n_items), 2 * liked[users])


def test_a_product_by_hand() -> None:
    """Scores, slopes, and the form that solvers know, with something of each user's own."""
    data = small_world().with_kinds(["word", "history"])
    g = torch.Generator().manual_seed(4)
    taken, given, base = (torch.randn(n, 3, generator=g) for n in (data.n_items, data.n_items, data.n_users))
    bias, scale = torch.randn(data.n_items, generator=g), torch.rand(data.n_users, generator=g)
    made = HistoryProduct(HistoryView.of(data, "cpu"), taken, given, bias, scale, base)
    users, items = (torch.from_numpy(column.copy()) for column in data.test.T)
    rows = data.user_features.select(users.numpy()).tensors()
    features = rows.dense(data.n_features).requires_grad_()
    past = features[:, data.n_features - data.n_items :] @ taken
    wanted = bias[items] + ((base[users] + scale[users][:, None] * past) * given[items]).sum(dim=1)
    for found in (made.scores(users, items), made.scores(users, items, features), made.scores(users, items, rows)):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
    side = made.user_side(users, items)
    torch.testing.assert_close(side.score(features.detach() @ side.feature_map), wanted.detach(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(made.catalogue_scores(users, rows)[range(len(items)), items], wanted.detach(), atol=1e-5, rtol=1e-5)
    (slope,) = torch.autograd.grad(wanted.sum(), features)
    torch.testing.assert_close(made.slopes(users, items, rows), slope[rows.row_indices(), rows.indices], atol=1e-5, rtol=1e-5)
