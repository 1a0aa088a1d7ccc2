"""unmentioned=literal: features kept sparse, less what was never mentioned, give the scores of eq. (1) with every cell filled."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.data.features import compute_features, literal_rows
from pyexplain.data.sparse import SparseRows
from pyexplain.recommenders import FeatureProductConfig, FeatureProductNetwork
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.objective import Objective, Term
from pyexplain.registry import load_registry

from ..worlds import small_world

METHODS = ("ncf", "vbpr", "cer", "nar", "car", "cnr")
REGISTRY = load_registry(strict=True)


@cache
def worlds() -> tuple[px.Dataset, px.Dataset]:
    """A data set by the literal reading, and the same with every cell filled."""
    data = small_world()
    made = compute_features(data.evidence, data.n_users, data.n_items, data.n_features, 5.0, "literal")
    settings = replace(data.settings, unmentioned="literal")
    sparse = replace(data, user_features=made.user_features, item_features=made.item_features, settings=settings)
    f_u, f_i = literal_rows(sparse)
    rows = {"user_features": SparseRows.from_dense(f_u), "item_features": SparseRows.from_dense(f_i)}
    return sparse, replace(sparse, **rows, settings=data.settings)


def every_pair(data: px.Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    users, items = np.indices((data.n_users, data.n_items)).reshape(2, -1)
    return torch.from_numpy(users), torch.from_numpy(items)


def fitted(name: str, **more: object) -> tuple[Any, Any]:
    """A method trained on the sparse data, and one with its parameters on the filled data."""
    sparse, filled = worlds()
    cls = REGISTRY.get("recommender", name)
    keys = {"dim": 8, "epochs": 3, "warmup_epochs": 1, "learning_rate": 0.01, **more}
    made, other = (cls(cls.Config(**{k: v for k, v in keys.items() if k in cls.Config.model_fields})) for _ in range(2))
    made.fit(sparse, px.RunOptions())
    other.prepare(filled, px.RunOptions())
    other.load_state(made.state())
    return made, other


def test_the_filled_reading_is_that_of_eq_1() -> None:
    sparse, filled = worlds()
    assert filled.user_features.values.min() == 1
    assert len(filled.item_features.values) == filled.n_items * filled.n_features
    assert (filled.item_features.values == 3).sum() >= filled.n_items * filled.n_features - len(sparse.item_features.values)


@pytest.mark.parametrize("name", METHODS)
def test_scores_are_those_of_the_filled_data(name: str) -> None:
    made, other = fitted(name)
    pairs = every_pair(worlds()[0])
    assert made.scores(*pairs).std() > 1e-3
    torch.testing.assert_close(made.scores(*pairs), other.scores(*pairs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["vbpr", "nar"])
def test_scores_of_features_that_are_handed_in_are_those_of_the_filled_ones(name: str) -> None:
    made, other = fitted(name)
    users, items = (column[:40] for column in every_pair(worlds()[0]))
    f_u = torch.from_numpy(np.random.default_rng(0).uniform(0, 4, (40, 8)).astype(np.float32))
    f_i = torch.from_numpy(np.random.default_rng(1).uniform(-2, 2, (40, 8)).astype(np.float32))
    torch.testing.assert_close(
        made.scores(users, items, f_u, f_i), other.scores(users, items, f_u + 1, f_i + 3), rtol=1e-4, atol=1e-5
    )


def test_untrained_matching_is_that_of_the_filled_data() -> None:
    sparse, filled = worlds()
    cls = REGISTRY.get("recommender", "feature-match")
    made, other = cls(), cls()
    made.fit(sparse, px.RunOptions())
    other.fit(filled, px.RunOptions())
    other.weight = made.weight  # an item has a feature that somebody mentioned
    pairs = every_pair(sparse)
    torch.testing.assert_close(made.scores(*pairs), other.scores(*pairs), rtol=1e-4, atol=1e-4)


def test_a_step_of_training_is_that_of_the_filled_data() -> None:
    """Gradients reach the maps through the constant part, too."""
    found = []
    sparse, filled = worlds()
    config = FeatureProductConfig(dim=8, dropout=0.0, learning_rate=0.01)
    start = FeatureProductNetwork.of(sparse, config, 0).state_dict()
    for data in (sparse, filled):
        network = FeatureProductNetwork.of(data, config, 0)
        network.load_state_dict(start)
        sides = data.user_features.tensors(), data.item_features.tensors()
        engine = TorchEngine(network, *sides, data.n_features, config)
        users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
        engine.step(Term(users, items, (items + 3) % data.n_items), Objective(), torch.Generator())
        found.append(network.state_dict())
    for key, value in found[0].items():
        if key != "head.b2":  # cancels in every difference
            torch.testing.assert_close(value, found[1][key], rtol=1e-3, atol=1e-5, msg=lambda text, key=key: f"{key}: {text}")


def test_the_constants_of_the_maps_start_at_zero() -> None:
    network = FeatureProductNetwork.of(worlds()[0], FeatureProductConfig(dim=8), 0)
    nothing = SparseRows.empty((1, 8)).tensors()
    assert network.encode_users(torch.tensor([0]), nothing).abs().max() < 1e-5
    assert network.encode_items(torch.tensor([0]), nothing).abs().max() < 1e-5


def test_counterfactuals_stay_on_the_scale_and_normalising_is_refused() -> None:
    sparse, _ = worlds()
    run = px.train(sparse, explainer="cnr", dim=8, epochs=12, warmup_epochs=2, learning_rate=0.01)
    found = run.explainer().explain(sparse.train[:60])
    assert found.valid is not None
    assert found.valid.any()
    assert found.change is not None
    changed = sparse.user_features.select(found.users).dense() + found.change.dense()
    assert changed.min() > -1e-4, "1 at least, by eq. (1)"
    assert changed.max() < 4 + 1e-4, "T at most"
    with pytest.raises(px.UsageError, match="normalize"):
        px.train(sparse, baseline="vbpr", normalize="user")
