"""Hybrid: the score is the sum it is said to be, contributions add up to it, and nothing leaks into training."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain import RunOptions
from pyexplain.data import SparseRows, Vocabulary
from pyexplain.data.counts import seen_by
from pyexplain.data.types import Candidates
from pyexplain.margin import contributions
from pyexplain.plugins.hybrid import Hybrid
from pyexplain.recommenders.additive import opinion_sums

from ..worlds import small_world

ALL = ("word", "history")


@pytest.fixture(scope="module")
def run() -> px.Run:
    return px.train(small_world(n_users=120, n_items=90), explainer="hybrid", dim=16, epochs=12, batch_size=64, patience=0)


def every_pair(run: px.Run) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(run.data.n_users), np.arange(run.data.n_items), indexing="ij"), axis=-1).reshape(-1, 2)


def scores(run: px.Run, pairs: np.ndarray) -> np.ndarray:
    return run.recommender.scores(*torch.from_numpy(pairs.copy()).unbind(1)).double().numpy()


def test_the_score_is_the_sum_of_its_parts(run: px.Run) -> None:
    data, net = run.data, run.recommender.additive.network
    assert data.kinds == ALL
    assert data.counted
    users, items = data.user_features.dense(), data.item_mentions
    words = data.n_features - data.n_items
    a, b, d, q = (p.detach().double().numpy() for p in (net.weights, net.bias, net.taken, net.given))
    quality = (items.sums.dense() / (items.counts.dense() + 1))[:, :words]
    history = users[:, words:]
    past = history @ d / np.sqrt(np.maximum(1, history.sum(axis=1, keepdims=True)))
    wanted = b + (users[:, :words] * a) @ quality.T + past @ q.T
    np.testing.assert_allclose(scores(run, every_pair(run)).reshape(wanted.shape), wanted, atol=1e-5)
    found = run.recommender.catalogue_scores(torch.arange(data.n_users))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_contributions_add_up_to_the_score_for_ten_thousand_pairs(run: px.Run) -> None:
    pairs = every_pair(run)[:10_000]
    assert len(pairs) == 10_000
    against = (pairs[:, 1] + 7) % run.data.n_items
    found = contributions(run.recommender, run.data, pairs, against)
    bias = run.recommender.additive.network.bias.detach().double().numpy()
    np.testing.assert_allclose(found.nothing, bias[pairs[:, 1]] - bias[against], atol=1e-6)
    added = np.bincount(found.values.row_indices(), weights=found.values.values, minlength=len(pairs)) + found.nothing
    lead = scores(run, pairs) - scores(run, np.stack([pairs[:, 0], against], axis=1))
    np.testing.assert_allclose(added, lead, atol=1e-5)


def test_each_contribution_is_what_the_lead_loses_without_the_feature(run: px.Run) -> None:
    pairs = run.data.test[:30]
    against = (pairs[:, 1] + 11) % run.data.n_items
    found = contributions(run.recommender, run.data, pairs, against)
    rows = run.data.user_features.select(pairs[:, 0])
    users, items, others = (torch.from_numpy(c.copy()) for c in (*pairs.T, against))
    dense, added = torch.from_numpy(rows.dense()), torch.from_numpy(found.values.dense())

    def lead(features: torch.Tensor) -> torch.Tensor:
        return run.recommender.scores(users, items, features) - run.recommender.scores(users, others, features)

    for column in np.unique(rows.indices).tolist():
        without = dense.clone()
        without[:, column] = 0
        torch.testing.assert_close(lead(dense) - lead(without), added[:, column], atol=2e-5, rtol=1e-4)


def test_its_own_explainer_is_the_best_to_delete_by(run: px.Run) -> None:
    names = ["hybrid", "gradient-input", "popularity"]
    found = [px.evaluate(run, explanations=True, explainer=name, max_pairs=60).to_dict()["runs"][0] for name in names]
    deletion = [one["explanations"]["faithfulness"]["deletion"] for one in found]
    assert deletion[0] <= min(deletion) + 0.01
    assert deletion[0] < 0.5 * deletion[2]


def test_what_only_held_out_pairs_could_tell_changes_nothing() -> None:
    data = small_world()
    moved = replace(data, test=data.test[::-1].copy(), heldout=data.heldout.iloc[:0])
    first, second = (px.train(each, baseline="hybrid", dim=8, epochs=3) for each in (data, moved))
    for mine, other in zip(first.recommender.state().values(), second.recommender.state().values(), strict=True):
        assert torch.equal(mine, other)


def test_any_number_of_threads_trains_the_same_bits() -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            made = px.train(small_world(), baseline="hybrid", epochs=3, options=RunOptions(threads=threads))
            found.append(made.recommender.state())
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def no_lists(data: px.Dataset) -> Candidates:
    lists = data.valid_candidates
    return Candidates(lists.users[:0], lists.items[:0], lists.relevant[:0])


@pytest.mark.parametrize("kinds", [("word",), ("history",), ("history", "word")])
def test_any_kinds_train_explain_and_come_back_from_disk(kinds: tuple[str, ...], tmp_path: Path) -> None:
    data = small_world()
    run = px.train(data, explainer="hybrid", kinds=kinds, dim=8, epochs=2)
    assert run.data.kinds == kinds
    run.save(tmp_path / "run")
    again = px.load_run(tmp_path / "run", dataset=data)
    user = data.users[3]
    assert again.recommend(user, 5) == run.recommend(user, 5)
    item = run.recommend(user, 1)[0][0]
    assert str(again.explain(user, item)) == str(run.explain(user, item))


def test_the_sum_of_sentiments_is_read_back_from_equation_1() -> None:
    sums = torch.tensor([-3.0, 0.0, 0.5, 4.0])
    torch.testing.assert_close(opinion_sums(1 + 4 / (1 + torch.exp(-sums)), 5.0), sums, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(opinion_sums(1 + 9 / (1 + torch.exp(-sums)), 10.0), sums, atol=1e-4, rtol=1e-4)
    assert opinion_sums(torch.zeros(2), 5.0).tolist() == [0, 0]


def test_a_million_items_are_as_sparse_as_a_few() -> None:
    """Slopes of a user's own features and scores take what the user has, not what the catalogue has."""
    rng, n_items, n_users = np.random.default_rng(0), 1_000_000, 200
    data = small_world()
    liked = np.stack([np.repeat(np.arange(n_users), 20), rng.choice(n_items, n_users * 20, replace=False)], axis=1)
    none = no_lists(data)
    big = replace(
        data,
        users=Vocabulary([f"u{n}" for n in range(n_users)], "user"),
        items=Vocabulary([str(n) for n in range(n_items)], "item"),
        train=liked,
        valid=liked[:0],
        test=liked[:0],
        user_features=SparseRows.empty((n_users, data.n_features)),
        item_features=SparseRows.empty((n_items, data.n_features)),
        valid_candidates=none,
        test_candidates=none,
        evidence=data.evidence.iloc[:0],
        heldout=data.heldout.iloc[:0],
        user_mentions=None,
        item_mentions=None,
    )
    view = seen_by(big, ALL, counts=True)
    made = Hybrid(Hybrid.Config(dim=8))
    made.prepare(view, RunOptions())
    pairs = liked[:500]
    began = time.process_time()
    found = contributions(made, view, pairs, (pairs[:, 1] + 1) % n_items)
    assert time.process_time() - began < 5
    assert found.values.shape == (500, view.n_features)
    rows = SparseRows.of(view.user_features.select(pairs[:, 0]))
    users, items = torch.from_numpy(pairs.copy()).unbind(1)
    torch.testing.assert_close(made.scores(users, items, rows), made.scores(users, items))
