"""Permuting users, items or features permutes scores and explanations, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Candidates, Dataset
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry

from ..worlds import small_world

REGISTRY = load_registry(strict=True)
METHODS = ["nar", "car", "cnr", "cer"]
Order = np.ndarray


def renamed(names: Vocabulary, order: Order) -> Vocabulary:
    return Vocabulary([names[k] for k in order], names.kind)


def moved(data: Dataset, users: Order, items: Order, features: Order) -> Dataset:
    """The same world with everything renumbered: new number k is old number order[k]."""
    u, i, f = (np.argsort(order) for order in (users, items, features))

    def pairs(part: np.ndarray) -> np.ndarray:
        return np.stack([u[part[:, 0]], i[part[:, 1]]], axis=1)

    def rows(old: SparseRows, order: Order) -> SparseRows:
        return SparseRows.from_dense(old.dense()[order][:, features])

    def lists(old: Candidates) -> Candidates:
        return Candidates(u[old.users], np.where(old.items >= 0, i[old.items], -1), old.relevant)

    return replace(
        data,
        users=renamed(data.users, users),
        items=renamed(data.items, items),
        features=renamed(data.features, features),
        train=pairs(data.train),
        valid=pairs(data.valid),
        test=pairs(data.test),
        user_features=rows(data.user_features, users),
        item_features=rows(data.item_features, items),
        valid_candidates=lists(data.valid_candidates),
        test_candidates=lists(data.test_candidates),
    )


def moved_state(state: dict[str, torch.Tensor], users: Order, items: Order, features: Order) -> dict[str, torch.Tensor]:
    """The parameters of a trained network, row by row where its new place is."""
    order = {
        "user_embedding": users,
        "item_embedding": items,
        "user_map.weight": features,
        "item_map.weight": features,
        "words": features,
    }
    return {name: value[torch.from_numpy(order[name])] if name in order else value for name, value in state.items()}


@pytest.mark.parametrize("name", METHODS)
def test_explanations_move_with_users_items_and_features(name: str) -> None:
    data = small_world()
    rng = np.random.default_rng(0)
    users, items, features = (rng.permutation(n) for n in (data.n_users, data.n_items, data.n_features))
    run = px.train(data, explainer=name, registry=REGISTRY, dim=8, epochs=6, dropout=0.0)
    other_data = moved(data, users, items, features)
    cls = type(run.recommender)
    other = cls(run.recommender.config)
    other.prepare(other_data, RunOptions())
    other.load_state(moved_state(run.recommender.state(), users, items, features))
    explainer = type(run.explainer())()
    explainer.fit(other, other_data, RunOptions())

    u, i, f = (np.argsort(order) for order in (users, items, features))
    pairs, against = data.test[:40], (data.test[:40, 1] + 7) % data.n_items
    here = run.explainer().explain(pairs, against).weights.dense()
    there = explainer.explain(np.stack([u[pairs[:, 0]], i[pairs[:, 1]]], axis=1), i[against]).weights.dense()
    np.testing.assert_allclose(there[:, f], here, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("name", METHODS)
def test_a_pair_is_explained_alike_alone_among_others_and_in_any_order(name: str) -> None:
    data = small_world()
    explainer = px.train(data, explainer=name, registry=REGISTRY, dim=8, epochs=6, dropout=0.0).explainer()
    pairs, against = data.test[:30], (data.test[:30, 1] + 7) % data.n_items
    whole = explainer.explain(pairs, against).weights.dense()
    order = np.random.default_rng(1).permutation(len(pairs))
    np.testing.assert_allclose(explainer.explain(pairs[order], against[order]).weights.dense(), whole[order], rtol=1e-2, atol=2e-3)
    alone = np.concatenate([explainer.explain(pairs[k : k + 1], against[k : k + 1]).weights.dense() for k in range(len(pairs))])
    np.testing.assert_allclose(alone, whole, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("name", METHODS)
def test_users_of_whom_nothing_is_known_get_finite_scores_and_explanations(name: str) -> None:
    data = small_world()
    dense = data.user_features.dense()
    dense[0] = 0
    cold = replace(data, user_features=SparseRows.from_dense(dense), train=data.train[data.train[:, 0] != 0])
    run = px.train(cold, explainer=name, registry=REGISTRY, dim=8, epochs=3)
    scores = run.recommender.scores(torch.zeros(data.n_items, dtype=torch.int64), torch.arange(data.n_items))
    assert torch.isfinite(scores).all()
    found = run.explainer().explain(np.array([[0, 1]]), np.array([2]))
    assert np.isfinite(found.weights.values).all()
    said = run.explain(cold.users[0], cold.items[1], cold.items[2])
    assert any(words in said.note for words in ("nothing is known", "is ahead already"))
