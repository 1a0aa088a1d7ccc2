"""How much a training step tells a card, and how often it waits for one: none of the numbers may grow unseen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import pyexplain as px
from pyexplain.plugins.car import AdversarialObjective, CARConfig  # type: ignore[import-untyped]
from pyexplain.plugins.cnr import CounterfactualObjective  # type: ignore[import-untyped]
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.objective import Objective, OnHost, Term, epoch_generator
from pyexplain.testing.worlds import small_world

from .card import CUDA, Card, card
from .emulation import emulated

DATA = small_world()
BOUNDS = {  # of a step: native launches, operators of torch, copies to the card that nobody waits for
    "BPR": (10, 5, 1),  # played as one launch; what is sent is for many batches at a time (batches_ahead.py)
    "CAR": (16, 8, 4),
    "CNR": (10, 3, 3),
}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    emulated().look_for_races(False)
    with card(monkeypatch) as made:
        yield made
    emulated().look_for_races(True)


def trained(epochs: int = 1) -> px.Run:
    settings = {"epochs": epochs, "warmup_epochs": epochs, "patience": 0}
    return px.train(DATA, explainer="cnr", settings=settings, options=px.RunOptions(device="cuda:0"))


def objectives(run: px.Run) -> dict[str, Objective]:
    car, cnr = AdversarialObjective(CARConfig()), CounterfactualObjective(run.recommender, DATA, run.trained.options)
    car.active = True
    cnr._solve_round()
    assert len(cnr.triples)
    return {"BPR": Objective(), "CAR": car, "CNR": cnr}


def clear(there: Card) -> None:
    emulated().take_launches()
    for counted in (there.launched, there.waits, there.sent):
        counted.clear()


@pytest.mark.parametrize("kind", list(BOUNDS))
def test_a_step_waits_for_nothing(kind: str, there: Card) -> None:
    run = trained()
    model, objective, generator = run.recommender.model, objectives(run)[kind], epoch_generator(0, 1)  # type: ignore[attr-defined]
    engine = FusedEngine(model.form, model.user_rows, model.item_rows, run.recommender.config)
    users, preferred = torch.from_numpy(DATA.train[:64].copy()).unbind(1)
    batch = Term.sent(OnHost(users.contiguous(), preferred.contiguous(), preferred.roll(1)), CUDA)
    for _ in range(3):  # the first step has no rows to catch up, and stacks those of a round; the second records a plain one
        clear(there)
        engine.step(batch, objective, generator)
    native, torch_operators, copies = BOUNDS[kind]
    assert not there.waits, there.waits
    assert len(emulated().take_launches()) <= native
    assert sum(there.launched.values()) <= torch_operators, there.launched
    assert sum(there.sent.values()) <= copies


def test_an_epoch_waits_once_for_its_losses(there: Card) -> None:
    """Beside validation and the copy of the best parameters, which are made once an epoch too: two epochs of any number of steps
    wait twice as often as one."""
    found = []
    for size in (8, 64):
        clear(there)
        settings = {"epochs": 2, "patience": 0, "batch_size": size}
        px.train(DATA, baseline="vbpr", settings=settings, options=px.RunOptions(device="cuda:0"))
        found.append(sum(there.waits.values()))
    assert found[0] == found[1]


COUNTERFACTUALS = (12, 26, 4)  # of a batch, whatever its size: native launches, operators of torch, waits


def test_a_batch_of_counterfactuals(there: Card) -> None:
    """What decides which features a row tries stays on the card: few launches, and a wait for what is known of the pairs, for the
    changes, and for what the recommender says of them."""
    run = trained()
    found = []
    for n in (30, 60):
        pairs = DATA.train[:n]
        others = px.explainers.choose_against(run.recommender, DATA, pairs, 0)
        run.explainer().explain(pairs, others)
        clear(there)
        run.explainer().explain(pairs, others)
        found.append((len(emulated().take_launches()), sum(there.launched.values()), sum(there.waits.values())))
    assert all(a <= most for one in found for a, most in zip(one, COUNTERFACTUALS, strict=True)), found
