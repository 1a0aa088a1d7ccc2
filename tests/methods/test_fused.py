"""The fused engine takes the steps of the engine in plain torch, for every kind of term."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.methods.engine import Engine, TorchEngine
from pyexplain.methods.fused import FusedEngine
from pyexplain.methods.model import NetworkModel
from pyexplain.methods.objective import Objective, Term, epoch_generator
from pyexplain.registry import load_registry

from ..worlds import small_world

REGISTRY = load_registry(strict=True)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("vbpr", {}),
    "no dropout": ("vbpr", {"dropout": 0.0}),
    "weight decay": ("vbpr", {"weight_decay": 0.1}),
    "dense changes": ("car", {"warmup_epochs": 0, "adversarial_weight": 0.5}),
    "dense changes and weight decay": ("car", {"warmup_epochs": 0, "weight_decay": 0.1}),
    "rows of their own": ("cnr", {"warmup_epochs": 0, "rounds": 2, "epochs": 2, "counterfactual_weight": 0.5}),
}


def take_steps(kind: type[Any], name: str, keys: dict[str, Any]) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Two epochs of ten batches; the loss of each, and the parameters at the end."""
    data, cls = small_world(), REGISTRY.get("recommender", name)
    recommender = cls(cls.Config(dim=12, **keys))
    recommender.prepare(data, px.RunOptions(seed=3))
    model: NetworkModel = recommender.model
    engine: Engine = kind(model.network, model.user_rows, model.item_rows, model.n_features, recommender.config)
    objective: Objective = recommender.objective(data, px.RunOptions(seed=3))
    losses = []
    for epoch in (1, 2):
        objective.begin_epoch(epoch)
        rng, generator = np.random.default_rng(epoch), epoch_generator(3, epoch, "cpu")
        for _ in range(10):
            users, items = rng.integers(0, data.n_users, 32), rng.integers(0, data.n_items, 32)
            others = (items + rng.integers(1, data.n_items, 32)) % data.n_items
            batch = Term(*(torch.from_numpy(c) for c in (users, items, others)))
            losses.append(engine.step(batch, objective, generator))
        engine.flush()
        model.changed()
    return losses, model.state()


@pytest.mark.parametrize("case", CASES)
def test_the_same_steps_as_in_plain_torch(case: str) -> None:
    (plain, wanted), (fused, found) = (take_steps(kind, *CASES[case]) for kind in (TorchEngine, FusedEngine))
    np.testing.assert_allclose(fused, plain, rtol=1e-5)
    for key, value in wanted.items():
        if key != "head.b2":  # its gradient is zero but for rounding: it cancels in every difference of scores
            torch.testing.assert_close(found[key], value, rtol=1e-4, atol=1e-5, msg=lambda text, key=key: f"{key}: {text}")


def test_built_in_networks_of_eq_5_are_fused_and_a_subclass_is_not() -> None:
    data = small_world()

    class Stranger(px.FeatureProductNetwork):
        """May compute anything."""

    config = px.TrainingConfig(dim=8)
    for network, kind in ((px.FeatureProductNetwork, FusedEngine), (Stranger, TorchEngine)):
        model = NetworkModel(network(data, 8, 8, 0.0, 0), data, "cpu")
        assert type(model._engine(config)) is kind
