"""Fields by hand, what is left of a user without a training pair, and what both factorised recommenders promise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.counts import seen_by, user_counts
from pyexplain.margin import contributions
from pyexplain.recommenders import FactorizationRecommender, LossRecommender, Term
from pyexplain.recommenders.fields import Fields
from pyexplain.recommenders.without_own import LeftRows
from pyexplain.registry import load_registry
from tests.testing.test_kinds import KINDS, mixed_world
from tests.worlds import planted_groups, small_world

REGISTRY = load_registry(strict=True)
METHODS = [name for name, cls in REGISTRY.classes("recommender").items() if issubclass(cls, FactorizationRecommender)]
ALL = ("word", "history")


def test_fields_by_hand() -> None:
    """Of each kind the sum over the length; handed-in features are over the length of the row's own."""
    data = seen_by(mixed_world().source, KINDS, counts=True)
    fields = Fields.of(data, data.user_features, "cpu")
    dense = data.user_features.dense()
    table = torch.randn(data.n_features, 3, generator=torch.Generator().manual_seed(0))
    wanted = np.zeros((data.n_users, 3, 3))
    for place, kind in enumerate(KINDS):
        at = data.features.of_kind(kind)
        lengths = np.linalg.norm(dense[:, at], axis=1, keepdims=True)
        wanted[:, place] = dense[:, at] @ table.numpy()[at] / np.where(lengths > 0, lengths, 1)
    users = torch.arange(data.n_users)
    rows = torch.from_numpy(dense)
    for given in (None, rows, data.user_features.tensors()):
        np.testing.assert_allclose(fields.summed(users, given, table).numpy(), wanted, atol=1e-5)
    np.testing.assert_allclose(fields.summed(users, 2 * rows, table).numpy(), 2 * wanted, atol=1e-5)
    both = fields.weighted(users, data.user_features.tensors()).dense(data.n_features) @ table
    np.testing.assert_allclose(both.numpy(), wanted.sum(axis=1), atol=1e-5)


def test_what_a_user_holds_without_a_pair_by_hand() -> None:
    data = seen_by(small_world(), ALL, counts=True)
    pairs = data.train[:40]
    found = LeftRows.of(data, "cpu").rows(*(torch.from_numpy(c.copy()) for c in pairs.T)).dense(data.n_features).numpy()
    counts = user_counts(data).dense()
    words = data.n_features - data.n_items
    for row, (user, item) in enumerate(pairs):
        left = counts[user].copy()
        left[words + item] = 0
        own = data.evidence[(data.evidence["user"] == user) & (data.evidence["item"] == item)]
        for feature in own["feature"]:
            left[feature] -= 1
        np.testing.assert_allclose(found[row], np.clip(left, 0, data.settings.max_rating))


@pytest.mark.parametrize("name", METHODS)
def test_nothing_of_the_pair_itself_is_learned_from(name: str) -> None:
    """Loss and gradient of one pair are the same whatever its own review says and whether it is in the history."""
    data = seen_by(small_world(), ALL, counts=True)
    made = REGISTRY.get("recommender", name)()
    assert isinstance(made, LossRecommender)
    made.left = LeftRows.of(data, "cpu")
    made.prepare(data, px.RunOptions())
    user, item = (torch.from_numpy(column[:1].copy()) for column in data.train.T)
    made.loss(Term(user, item, (item + 1) % data.n_items), torch.Generator().manual_seed(0)).backward()
    words = data.n_features - data.n_items
    penalty = made.config.weight_decay / made.n_pairs * made.network.user_features.detach()
    moved = (made.network.user_features.grad - penalty).abs().sum(dim=1)
    assert moved[words + int(item)] < 1e-7
    assert moved[words:].max() > 1e-4


@pytest.mark.parametrize("name", METHODS)
def test_any_number_of_threads_trains_the_same_bits(name: str) -> None:
    """At a width at which matrix_product takes its own route: below, products are torch's, whose bits depend on the threads."""
    before = torch.get_num_threads()
    try:
        found = [
            px.train(small_world(), baseline=name, dim=32, epochs=3, options=px.RunOptions(threads=threads)).recommender.state()
            for threads in (1, 3)
        ]
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])


@pytest.mark.parametrize("name", METHODS)
def test_contributions_add_up_to_the_lead(name: str) -> None:
    run = px.train(small_world(), baseline=name, dim=6, epochs=3)
    assert run.data.kinds == ALL
    pairs = run.data.test[:40]
    against = (pairs[:, 1] + 7) % run.data.n_items
    found = contributions(run.recommender, run.data, pairs, against)
    users, items, others = (torch.from_numpy(c.copy()) for c in (*pairs.T, against))
    lead = (run.recommender.scores(users, items) - run.recommender.scores(users, others)).double().numpy()
    added = np.bincount(found.values.row_indices(), weights=found.values.values, minlength=len(pairs)) + found.nothing
    np.testing.assert_allclose(added, lead, atol=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_it_learns_which_items_go_together(name: str) -> None:
    run = px.train(planted_groups(), baseline=name, dim=8, epochs=20, batch_size=64, learning_rate=0.005)
    found = px.evaluate(run).to_dict()["runs"][0]
    assert found["ranking"]["ndcg@10"] > 0.85
    assert found["ranking"]["ndcg@10"] > found["controls"]["item-popularity"]["ranking"]["ndcg@10"] + 0.3
