"""The fused engine takes the steps of the engine in plain torch, for every kind of term."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import pyexplain as px
from pyexplain.recommenders.engine import Engine, TorchEngine
from pyexplain.recommenders.feature_product import FeatureProduct
from pyexplain.recommenders.forms import HeadInputs
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.model import NetworkModel
from pyexplain.recommenders.objective import Objective, Term, epoch_generator
from pyexplain.registry import load_registry

from ..worlds import small_world

REGISTRY = load_registry(strict=True)
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("vbpr", {}),
    "no dropout": ("vbpr", {"dropout": 0.0}),
    "weight decay": ("vbpr", {"weight_decay": 0.1}),
    "dense changes": ("car", {"warmup_epochs": 0, "adversarial_weight": 0.5}),
    "dense changes and weight decay": ("car", {"warmup_epochs": 0, "weight_decay": 0.1}),
    "identities": ("ncf", {"factors": 9}),
    "identities, no dropout": ("ncf", {"factors": 9, "dropout": 0.0}),
    "identities, weight decay": ("ncf", {"factors": 9, "weight_decay": 0.1}),
    "identities, no product": ("ncf", {"factors": 0}),
    "attention": ("nar", {}),
    "attention, no dropout": ("nar", {"dropout": 0.0}),
    "attention, weight decay": ("nar", {"weight_decay": 0.1}),
    "attention to the mentioned": ("nar", {"attend": "mentioned"}),
    "attention to the mentioned, weight decay": ("nar", {"attend": "mentioned", "weight_decay": 0.1}),
    "rows of their own": ("cnr", {"warmup_epochs": 0, "rounds": 2, "epochs": 2, "counterfactual_weight": 0.5}),
}


def engine_of(kind: type[Any], model: NetworkModel, config: px.recommenders.TrainingConfig) -> Engine:
    if kind is FusedEngine:
        assert model.form is not None
        return FusedEngine(model.form, model.user_rows, model.item_rows, config)
    return TorchEngine(model.network, model.user_rows, model.item_rows, model.n_features, config)


def take_steps(kind: type[Any], name: str, keys: dict[str, Any]) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Two epochs of ten batches; the loss of each, and the parameters at the end."""
    data, cls = small_world(), REGISTRY.get("recommender", name)
    recommender = cls(cls.Config(dim=12, **keys))
    recommender.prepare(data, px.RunOptions(seed=3))
    model: NetworkModel = recommender.model
    engine = engine_of(kind, model, recommender.config)
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


class Own(nn.Module):
    """A network of somebody else's, with names of its own, that declares the form of eq. (5)."""

    def __init__(self, of: px.recommenders.FeatureProductNetwork) -> None:
        super().__init__()
        self.who, self.what, self.of = of.user_embedding, of.item_embedding, of

    def encode_users(self, users: Tensor, rows: Any) -> Tensor:
        return self.of.encode_users(users, rows)

    def encode_items(self, items: Tensor, rows: Any) -> Tensor:
        return self.of.encode_items(items, rows)

    def decode(self, users: Tensor, items: Tensor, user: Tensor, item: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self.of.decode(users, items, user, item, generator)

    def feature_product(self) -> FeatureProduct:
        return self.of.feature_product()


class Same(px.recommenders.FeatureProductNetwork):
    """Changes nothing that the declaration speaks about."""


class Doubled(px.recommenders.FeatureProductNetwork):
    """Inherits the declaration, and scores otherwise."""

    def decode(self, *arguments: Any) -> Tensor:
        return 2 * super().decode(*arguments)


class DoubledAndDeclared(Doubled):
    """Scores otherwise and says so: both stand in one class again."""

    def decode(self, *arguments: Any) -> Tensor:
        return super().decode(*arguments)

    def feature_product(self) -> FeatureProduct:
        form = super().feature_product()
        return replace(form, w2=form.w2 * 2, b2=form.b2 * 2)


@pytest.mark.parametrize("kind", ["built-in", "same", "own", "doubled", "doubled and declared"])
def test_who_declares_the_form_is_fused_and_who_scores_otherwise_is_not(kind: str) -> None:
    data = small_world()
    network: nn.Module = {
        "built-in": px.recommenders.FeatureProductNetwork,
        "same": Same,
        "own": lambda *given: Own(px.recommenders.FeatureProductNetwork(*given)),
        "doubled": Doubled,
        "doubled and declared": DoubledAndDeclared,
    }[kind](data, 8, 8, 0.0, 0)
    model = NetworkModel(network, data, "cpu")
    assert type(model._engine(px.recommenders.TrainingConfig(dim=8))) is (TorchEngine if kind == "doubled" else FusedEngine)
    users, items = torch.arange(6), torch.arange(6)
    latents = model.latents()
    by_hand = network.eval().decode(users, items, latents[0][users], latents[1][items], None)  # type: ignore[operator]
    torch.testing.assert_close(model.scores(users, items, None, None), by_hand.detach())


class Unreplayed:
    """Inputs of the head by somebody who knows nothing of replaying."""

    def __init__(self, of: HeadInputs) -> None:
        self.optimizers, self.forward, self.step, self.flush = of.optimizers, of.forward, of.step, of.flush
        self.user_gradient, self.state, self.load_state = of.user_gradient, of.state, of.load_state


@dataclass(frozen=True, eq=False)
class WithoutReplaying(FeatureProduct):
    """The form of eq. (5), with those."""

    def inputs(self, *arguments: Any) -> Any:
        return Unreplayed(super().inputs(*arguments))


def test_inputs_that_cannot_be_replayed_take_the_same_steps() -> None:
    data, config = small_world(), px.recommenders.TrainingConfig(dim=8, dropout=0.3)
    users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
    states = []
    for cls in (FeatureProduct, WithoutReplaying):
        made = px.recommenders.FeatureProductNetwork(data, 8, 8, 0.3, 0)
        form = cls(**{part.name: getattr(made.feature_product(), part.name) for part in fields(FeatureProduct)})
        engine = FusedEngine(form, data.user_features.tensors(), data.item_features.tensors(), config)
        assert engine.replayed is None, "nothing is replayed on the processor"
        engine.step(Term(users, items, (items + 3) % data.n_items), Objective(), torch.Generator().manual_seed(0))
        states.append(made.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_network_of_somebody_else_takes_the_same_steps() -> None:
    data, config = small_world(), px.recommenders.TrainingConfig(dim=8, dropout=0.0)
    states = []
    for own in (False, True):
        made = px.recommenders.FeatureProductNetwork(data, 8, 8, 0.0, 0)
        model = NetworkModel(Own(made) if own else made, data, "cpu")
        users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
        model._engine(config).step(Term(users, items, (items + 3) % data.n_items), Objective(), torch.Generator())
        states.append(made.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
