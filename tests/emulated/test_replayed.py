"""Steps that a card is told once: the bits of those that it is told one launch after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import pyexplain as px
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.objective import Objective, OnHost, Term, epoch_generator
from pyexplain.testing.worlds import small_world

from .card import CUDA, card
from .emulation import emulated

DATA = small_world()


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.gpu) if torch.cuda.is_available() else "emulated"])
def there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "real":
        yield
        return
    emulated().look_for_races(False)
    with card(monkeypatch):
        yield
    emulated().look_for_races(True)


def engines(dropout: float) -> tuple[px.Run, FusedEngine]:
    settings = {"epochs": 1, "patience": 0, "dim": 6, "hidden": 5, "dropout": dropout}
    run = px.train(DATA, baseline="vbpr", settings=settings, options=px.RunOptions(device="cuda:0"))
    model = run.recommender.model  # type: ignore[attr-defined]
    return run, FusedEngine(model.form, model.user_rows, model.item_rows, run.recommender.config)


def batches() -> list[Term]:
    """Of 24, and a smaller one after every third, as at the end of an epoch."""
    users, preferred = torch.from_numpy(DATA.train.copy()).unbind(1)
    other = preferred.roll(1)
    parts, at = [], 0
    for number in range(12):
        size = 7 if number % 4 == 3 else 24
        parts.append(slice(at, at + size))
        at = (at + size) % (len(users) - 24)
    return list(Term.parts(OnHost(users.contiguous(), preferred.contiguous(), other), CUDA, parts))


def trained(dropout: float, replayed: bool) -> tuple[list[float], dict[str, torch.Tensor], int]:
    run, engine = engines(dropout)
    assert engine.replayed is not None
    played = 0
    if not replayed:
        engine.replayed = None
    generator = epoch_generator(0, 1)
    losses = [float(engine.step(batch, Objective(), generator)) for batch in batches()]
    if engine.replayed is not None:
        played = engine.replayed.played
    engine.flush()
    state = {name: part.cpu() for name, part in engine.state().items()}
    return losses, state | {name: part.cpu() for name, part in run.recommender.state().items()}, played


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_same_bits_as_without(dropout: float, there: None) -> None:
    found, wanted = trained(dropout, True), trained(dropout, False)
    assert found[0] == wanted[0]
    assert found[1].keys() == wanted[1].keys()
    assert all(torch.equal(found[1][name], wanted[1][name]) for name in wanted[1])
    assert found[2] == 6, "the second and third of three whole batches in a row"
