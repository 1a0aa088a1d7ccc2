"""The controls: what each says, that they do not depend on the batch, and that they call themselves controls."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from pyexplain.data.features import compute_features
from pyexplain.data.settings import item_quality, user_strength
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.explainers.types import Explanations
from pyexplain.recommenders.options import RunOptions
from tests.metrics.toys import plugin_module, toy_data
from tests.worlds import small_world

CONTROLS = plugin_module("controls")
RANKERS, EXPLAINERS = CONTROLS.pyexplain_recommenders(), CONTROLS.pyexplain_explainers()


def fitted(cls: type, data: Dataset, seed: int = 0):  # noqa: ANN201
    ranker = CONTROLS.FeatureMatch()
    ranker.fit(data, RunOptions())
    made = cls()
    made.fit(*([ranker] if cls in EXPLAINERS else []), data, RunOptions(seed=seed))
    return made


def same(one: Explanations, other: Explanations) -> bool:
    return np.array_equal(one.weights.dense(), other.weights.dense())


def test_names_and_marks() -> None:
    assert {cls.name for cls in RANKERS} == {"random", "item-popularity", "feature-match", "signed-match"}
    assert {cls.name for cls in EXPLAINERS} == {"random", "popularity", "echo", "item-popularity"}
    assert all(cls.control for cls in RANKERS + EXPLAINERS)
    assert all(cls.comes_with in {r.name for r in RANKERS} for cls in EXPLAINERS)


def test_item_popularity_counts_training_pairs() -> None:
    data = toy_data(np.ones((3, 2)), np.ones((3, 2)), train=[(0, 1), (1, 1), (2, 0)], test=[(0, 2), (1, 2), (2, 2)])
    ranker = fitted(CONTROLS.ItemPopularity, data)
    assert ranker.scores(torch.tensor([0, 0, 0]), torch.tensor([0, 1, 2])).tolist() == [1, 2, 0]


def test_feature_match_by_hand() -> None:
    """Feature 0 is on both items (idf 0), feature 1 on item 1 alone: log(2)^2 x 3 x 4."""
    data = toy_data([[2.0, 3]], [[1.0, 0], [1, 4]])
    ranker = fitted(CONTROLS.FeatureMatch, data)
    users, items = torch.tensor([0, 0]), torch.tensor([0, 1])
    assert ranker.scores(users, items).tolist() == pytest.approx([0, math.log(2) ** 2 * 12])
    f_u, f_i = torch.tensor([[0.0, 1], [0, 1]]), torch.tensor([[0.0, 2], [0, 2]])
    assert ranker.scores(users, items, f_u).tolist() == pytest.approx([0, math.log(2) ** 2 * 4])
    assert ranker.scores(users, items, None, f_i).tolist() == pytest.approx([math.log(2) ** 2 * 6] * 2)
    assert ranker.scores(users, items, f_u, f_i).tolist() == pytest.approx([math.log(2) ** 2 * 2] * 2)


def test_feature_match_given_its_own_features_scores_the_same() -> None:
    data = small_world()
    ranker = fitted(CONTROLS.FeatureMatch, data)
    users, items = (torch.from_numpy(c.copy()) for c in data.train.T)
    rows = torch.from_numpy(data.user_features.dense())[users].requires_grad_(), torch.from_numpy(data.item_features.dense())[items]
    plain = ranker.scores(users, items)
    given = ranker.scores(users, items, *rows)
    torch.testing.assert_close(given.detach(), plain)
    given.sum().backward()
    assert rows[0].grad is not None


def test_signed_match_by_hand() -> None:
    """The user mentions feature 0 twice and feature 1 once. Item 0 is praised for 0 three times: 3/4; item 1 is blamed for 1 once,
    -1/2, and praised as often as blamed for 0."""
    rows = [(0, 0, 0, 1.0), (0, 0, 0, 1.0), (1, 0, 0, 1.0), (0, 1, 1, -1.0), (1, 1, 0, 1.0), (1, 1, 0, -1.0)]
    frame = pd.DataFrame(rows, columns=["user", "item", "feature", "sentiment"])
    made = compute_features(frame, 2, 2, 2, 5.0)
    plain = toy_data(made.user_features.dense(), made.item_features.dense())
    data = replace(plain, user_mentions=made.user_mentions, item_mentions=made.item_mentions)
    ranker = fitted(CONTROLS.SignedMatch, data)
    users, items = torch.tensor([0, 0]), torch.tensor([0, 1])
    assert ranker.scores(users, items).tolist() == pytest.approx([2 * 3 / 4, -1 / 2])
    f_u = torch.from_numpy(np.stack([user_strength([3, 0], 5.0), [0.0, user_strength(2, 5.0)]])).float()
    assert ranker.scores(users, items, f_u).tolist() == pytest.approx([3 * 3 / 4, -2 / 2], rel=1e-4)
    f_i = torch.from_numpy(np.stack([item_quality([-2, 0], 5.0), [0.0, item_quality(1, 5.0)]])).float()
    assert ranker.scores(users, items, None, f_i).tolist() == pytest.approx([2 * -2 / 3, 1 / 2], rel=1e-4)


def test_signed_match_reads_counts_back_from_the_values_where_no_mentions_are_kept() -> None:
    data = small_world()
    silent = replace(data, user_mentions=None, item_mentions=None, evidence=data.evidence.iloc[:0])
    ranker = fitted(CONTROLS.SignedMatch, silent)
    assert data.user_mentions is not None
    np.testing.assert_allclose(ranker.counts.values.numpy(), data.user_mentions.counts.values, rtol=1e-3)
    users, items = (torch.from_numpy(c.copy()) for c in data.train.T)
    near, exact = ranker.scores(users, items), fitted(CONTROLS.SignedMatch, data).scores(users, items)
    assert np.corrcoef(near, exact)[0, 1] > 0.95


@pytest.mark.parametrize("cls", RANKERS, ids=lambda c: c.name)
def test_scores_do_not_depend_on_the_batch(cls: type) -> None:
    data = small_world()
    ranker = fitted(cls, data)
    users, items = torch.arange(20), torch.arange(20) % data.n_items
    whole = ranker.scores(users, items)
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(ranker.scores(users[order], items[order]), whole[order])
    torch.testing.assert_close(torch.cat([ranker.scores(users[n : n + 1], items[n : n + 1]) for n in range(20)]), whole)


def test_random_is_uniform_and_follows_the_seed() -> None:
    data = small_world()
    users, items = (torch.from_numpy(a.ravel()) for a in np.meshgrid(np.arange(300), np.arange(300)))
    scores = fitted(CONTROLS.RandomRanking, data).scores(users, items)
    assert float(scores.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(scores.var()) == pytest.approx(1 / 12, abs=0.003)
    assert len(scores.unique()) > 0.99 * len(scores)
    assert not torch.equal(scores, fitted(CONTROLS.RandomRanking, data, seed=1).scores(users, items))
    grid = scores.reshape(300, 300).numpy()
    assert abs(np.corrcoef(grid[:, :-1].ravel(), grid[:, 1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("cls", EXPLAINERS, ids=lambda c: c.name)
def test_explanations_do_not_depend_on_the_batch(cls: type) -> None:
    data = small_world()
    explainer, order = fitted(cls, data), np.random.default_rng(0).permutation(len(data.test))
    whole = explainer.explain(data.test)
    assert same(explainer.explain(data.test[order]), whole.select(order))
    assert same(explainer.explain(data.test[3:4]), whole.select([3]))
    assert len(explainer.explain(data.test[:0])) == 0
    assert whole.feature_space == data.features.fingerprint
    users = explainer.explain_users(np.arange(data.n_users))
    assert users.items.tolist() == [-1] * data.n_users


def test_what_each_explainer_says() -> None:
    """User 0 likes item 0. Mentions: of item 0, feature 0 twice and feature 1 once; of item 1, feature 2 three times."""
    evidence = [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 2), (1, 1, 2), (0, 1, 2)]
    data = toy_data([[4.0, 0, 3], [0, 2, 2]], np.ones((2, 3)), train=[(0, 0)], evidence=evidence)
    pair, user = np.array([[0, 0]]), np.array([0, 1])

    def weights(cls: type, users: bool = False) -> list[list[float]]:
        explainer = fitted(cls, data)
        found = explainer.explain_users(user) if users else explainer.explain(pair)
        return np.asarray(found.weights.dense()).round(2).tolist()

    assert weights(CONTROLS.Popularity) == [[2, 1, 3]]
    assert weights(CONTROLS.Echo) == [[4, 0, 3]]
    assert weights(CONTROLS.ItemWords) == [[2, 1, 0]]
    assert weights(CONTROLS.ItemWords, users=True) == [[2, 1, 0], [0, 0, 0]]
    assert weights(CONTROLS.Popularity, users=True) == [[2, 1, 3]] * 2


def test_equal_weights_are_ordered_by_popularity() -> None:
    """Both of the user's features have the value 2; feature 1 is mentioned more often."""
    data = toy_data([[2.0, 2]], [[1.0, 1]], evidence=[(0, 0, 0), (0, 0, 1), (0, 0, 1)])
    first, second = fitted(CONTROLS.Echo, data).explain(np.array([[0, 0]])).weights.values
    assert second > first
    assert second == pytest.approx(first, rel=1e-3)


def test_without_mentions_each_user_or_item_counts_once() -> None:
    data = toy_data([[2.0, 0], [3, 1]], [[1.0, 0], [3, 4]])
    assert fitted(CONTROLS.Popularity, data).explain(np.array([[0, 0]])).weights.dense().tolist() == [[2, 1]]
    assert (fitted(CONTROLS.ItemWords, data).explain(np.array([[0, 1]])).weights.dense() > 0).tolist() == [[True, True]]


def test_random_names_as_many_as_asked_for() -> None:
    data = small_world()
    explainer = CONTROLS.RandomExplainer(CONTROLS.RandomExplainer.Config(keep=3))
    explainer.fit(fitted(CONTROLS.FeatureMatch, data), data, RunOptions())
    found = explainer.explain(data.test)
    assert np.diff(found.weights.offsets).tolist() == [3] * len(data.test)
    every = fitted(CONTROLS.RandomExplainer, data).explain(data.test).weights.dense()
    assert (np.sort(every, axis=1)[:, -3:] == np.sort(found.weights.dense(), axis=1)[:, -3:]).all()
    named = np.bincount(found.weights.indices, minlength=data.n_features)
    assert named.min() > 0.5 * named.mean()


def test_controls_see_nothing_of_held_out_reviews() -> None:
    """Without the held-out mentions and the test pairs nothing changes."""
    data = small_world()
    blind = replace(data, heldout=data.heldout.iloc[:0], test=data.test[:0])
    for cls in EXPLAINERS:
        assert same(fitted(cls, data).explain(data.test), fitted(cls, blind).explain(data.test))
    for cls in RANKERS:
        users, items = (torch.from_numpy(c.copy()) for c in data.test.T)
        assert torch.equal(fitted(cls, data).scores(users, items), fitted(cls, blind).scores(users, items))


def test_an_empty_evidence_and_no_features() -> None:
    data = toy_data(np.zeros((2, 2)), np.zeros((2, 2)), train=[(0, 0)])
    for cls in EXPLAINERS:
        weights: SparseRows = fitted(cls, data).explain(np.array([[0, 0], [1, 1]])).weights
        assert weights.shape == (2, 2)
