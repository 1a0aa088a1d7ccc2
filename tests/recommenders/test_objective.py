"""Each term of an objective stands by itself: taken all at once or one by one, training is the same to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch
from torch import Tensor

import pyexplain as px
from pyexplain.recommenders.config import TrainingConfig
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.model import NetworkModel
from pyexplain.recommenders.objective import AugmentedObjective, Objective, Term, epoch_generator
from pyexplain.registry import load_registry

from ..worlds import small_world

TRAINED = {
    name: cls for name, cls in load_registry(strict=True).classes("recommender").items() if issubclass(cls.Config, TrainingConfig)
}
KEYS: dict[str, object] = {"dim": 6, "warmup_epochs": 0, "rounds": 2, "epochs": 2, "dropout": 0.5}


class AtOnce(Objective):
    """Takes every term of another objective before it hands any on."""

    def __init__(self, of: Objective) -> None:
        self.of = of

    def begin_epoch(self, epoch: int) -> None:
        self.of.begin_epoch(epoch)

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        yield from list(self.of.terms(batch, user_gradient))


def parameters(name: str, at_once: bool) -> dict[str, Tensor]:
    cls, data, options = TRAINED[name], small_world(), px.RunOptions(seed=3)
    made = cls(cls.Config(**{key: value for key, value in KEYS.items() if key in cls.Config.model_fields}))
    made.prepare(data, options)
    model: NetworkModel = made.model
    engine = TorchEngine(model.network, model.user_rows, model.item_rows, model.n_features, made.config)
    objective = made.objective(data, options)
    objective = AtOnce(objective) if at_once else objective
    for epoch in (1, 2):
        objective.begin_epoch(epoch)
        generator = epoch_generator(3, epoch, "cpu")
        users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
        engine.step(Term(users, items, (items + 3) % data.n_items), objective, generator)
    engine.flush()
    return model.state()


@pytest.mark.parametrize("name", sorted(TRAINED))
def test_terms_taken_at_once_are_terms_taken_one_by_one(name: str) -> None:
    lazily, at_once = parameters(name, False), parameters(name, True)
    assert all(torch.equal(lazily[key], at_once[key]) for key in lazily)


def test_a_network_that_changes_between_two_terms_is_told_apart() -> None:
    """What the contract forbids is seen by the test above: the terms then depend on who takes them when."""

    class Between(Objective):
        def __init__(self, model: NetworkModel) -> None:
            self.model = model

        def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
            yield batch
            with torch.no_grad():
                next(iter(self.model.network.parameters())).mul_(1.5)
            yield batch

    losses = []
    for at_once in (False, True):
        data, cls = small_world(), TRAINED["bpr-mf"]
        made = cls(cls.Config(dim=6))
        made.prepare(data, px.RunOptions(seed=3))
        engine = TorchEngine(made.model.network, made.model.user_rows, made.model.item_rows, data.n_features, made.config)
        users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
        objective: Objective = Between(made.model)
        objective = AtOnce(objective) if at_once else objective
        losses.append(engine.step(Term(users, items, (items + 3) % data.n_items), objective, torch.Generator()))
    assert losses[0] != losses[1]


def test_the_fused_engine_refuses_a_context_that_it_cannot_give() -> None:
    class Within(Objective):
        def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
            yield Term(batch.users, batch.preferred, batch.other, within=nullcontext())

    data, cls = small_world(), TRAINED["vbpr"]
    made = cls(cls.Config(dim=6))
    made.prepare(data, px.RunOptions())
    engine = FusedEngine(made.model.form, made.model.user_rows, made.model.item_rows, made.config)
    users, items = (torch.from_numpy(column.copy()) for column in data.train.T)
    with pytest.raises(TypeError, match="within"):
        engine.step(Term(users, items, (items + 3) % data.n_items), Within(), torch.Generator())


class Doubled(AugmentedObjective):
    """Once more what the batch is."""

    def added(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        yield replace(batch, weight=self.weight)


@pytest.mark.parametrize(("weight", "of_each_epoch"), [(0.25, [1, 1, 2, 2]), (0.0, [1, 1, 1, 1])])
def test_what_an_objective_adds_begins_after_its_warm_up(weight: float, of_each_epoch: list[int]) -> None:
    objective, batch, found = Doubled(2, weight), Term(*torch.zeros(3, 1, dtype=torch.long)), []
    for epoch in range(1, 5):
        objective.begin_epoch(epoch)
        terms = list(objective.terms(batch, lambda: torch.zeros(1, 1)))
        assert terms[0] is batch
        assert [term.weight for term in terms[1:]] == [weight] * (len(terms) - 1)
        found.append(len(terms))
    assert found == of_each_epoch
