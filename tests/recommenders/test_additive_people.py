"""What people are, in the additive form: learned where it tells, and without a pair as if the pair had not been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

import pyexplain as px
from pyexplain.data.counts import seen_by
from pyexplain.data.people import PRIOR, with_people
from pyexplain.data.sparse import SparseRows
from pyexplain.recommenders.additive import Columns, Sides
from pyexplain.recommenders.without_own import LeftRows, WithoutOwn
from tests.worlds import small_world

KINDS = ("word", "person", "history")


def world() -> px.Dataset:
    data = small_world()
    has = np.zeros((data.n_users, 2), np.float32)
    has[::2, 0] = has[1::2, 1] = 1
    return with_people(data, ["sort: even", "sort: odd"], SparseRows.from_dense(has))


def test_an_item_without_a_pair_is_what_it_would_have_been() -> None:
    """The share of all pairs that expectations are made of stays: one pair more or less does not move it."""
    data = seen_by(world(), KINDS, True)
    columns = Columns.of(data)
    without = WithoutOwn.of(data, columns, Sides.of(data, columns, PRIOR, 0.5, "cpu"), PRIOR, 0.5, "cpu")
    users, items = (torch.from_numpy(part.copy()) for part in data.train[:40].T)
    person = columns.is_person.numpy()
    found = without.items(users, items).dense(len(person)).numpy()[:, person]
    has = data.user_features.dense()[:, data.features.of_kind("person")]
    shares = has[data.train[:, 0]].mean(axis=0)
    for row, (user, item) in enumerate(data.train[:40].tolist()):
        others = [u for u, i in data.train.tolist() if i == item and u != user]
        wanted = (has[others].sum(axis=0) - len(others) * shares) / (len(others) + PRIOR)
        np.testing.assert_allclose(found[row], wanted, atol=1e-5)
    mine = without.users(users, items).dense(len(person)).numpy()[:, person]
    np.testing.assert_array_equal(mine, has[data.train[:40, 0]])


def test_other_forms_keep_what_a_user_is_without_a_pair() -> None:
    data = seen_by(world(), KINDS, True)
    users, items = (torch.from_numpy(part.copy()) for part in data.train[:40].T)
    left = LeftRows.of(data, "cpu").rows(users, items).dense(data.n_features).numpy()
    at = data.features.of_kind("person")
    np.testing.assert_array_equal(left[:, at], data.user_features.dense()[data.train[:40, 0]][:, at])


def planted() -> px.Dataset:
    """Even people like even items, odd ones odd items, and nothing else is known of them."""
    rng = np.random.default_rng(0)
    base = small_world(n_users=120, n_items=40)
    pairs = np.array([[u, 2 * i + u % 2] for u in range(base.n_users) for i in rng.permutation(base.n_items // 2)[:8]])
    part = rng.permutation(len(pairs))
    data = replace(base, train=np.unique(pairs[part[: len(part) * 3 // 4]], axis=0), valid=pairs[part[len(part) * 3 // 4 :]])
    has = np.zeros((data.n_users, 2), np.float32)
    has[::2, 0] = has[1::2, 1] = 1
    return with_people(data, ["sort: even", "sort: odd"], SparseRows.from_dense(has))


def test_what_is_planted_is_learned_and_moves_no_reason() -> None:
    data = planted()
    run = px.train(data, explainer="hybrid", kinds=["word", "person"], epochs=20, dim=4)
    order = np.array([[int(run.data.items.index(item)) % 2 for item, _ in run.recommend(user, 5)] for user in data.users.names])
    assert (order == (np.arange(data.n_users) % 2)[:, None]).mean() > 0.9
    weights = run.recommender.state()["weights"][-2:]
    assert bool((weights > 0).all())
    scores = run.recommender.catalogue_scores(torch.arange(4), None)
    pairs = [(u, i) for u in range(4) for i in range(data.n_items)]
    users, items = (torch.tensor(part) for part in zip(*pairs, strict=True))
    own = torch.from_numpy(run.data.item_features.dense())[items]
    assert torch.allclose(scores.view(-1), run.recommender.scores(users, items), atol=1e-5)
    assert torch.allclose(scores.view(-1), run.recommender.scores(users, items, None, own), atol=1e-4)
