"""Steps on a loss that stands as it is written: those of torch.optim.Adam; and epochs of any kind in one frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pyexplain import RunOptions
from pyexplain.recommenders import DenseEngine, LoopConfig, Objective, Term
from pyexplain.recommenders.epochs import train_epochs
from tests.worlds import small_world

TARGET = torch.tensor([1.0, -2.0, 0.5])


def network() -> nn.Module:
    made = nn.Module()
    made.w = nn.Parameter(torch.zeros(3))
    return made


def loss_of(net: nn.Module) -> torch.Tensor:
    return (net.w - TARGET).square().sum()


def test_steps_are_adams_and_go_on_from_a_state() -> None:
    ours, theirs, later = network(), network(), network()
    engine, adam = DenseEngine(ours, 0.1), torch.optim.Adam(theirs.parameters(), 0.1)
    for number in range(10):
        if number == 5:
            state = {name: value.clone() for name, value in engine.state().items()}
            later.load_state_dict(ours.state_dict())
        wanted = loss_of(theirs)
        assert engine.move(loss_of(ours)) == float(wanted.detach())
        adam.zero_grad()
        wanted.backward()
        adam.step()
    assert torch.equal(ours.w, theirs.w)
    resumed = DenseEngine(later, 0.1)
    resumed.load_state(state)
    for _ in range(5):
        resumed.move(loss_of(later))
    assert torch.equal(later.w, ours.w)


def test_an_engine_without_a_loss_of_triples_says_so() -> None:
    nothing = torch.zeros(1, dtype=torch.int64)
    engine, batch = DenseEngine(network(), 0.1), Term(nothing, nothing, nothing)
    with pytest.raises(TypeError, match="no loss"):
        engine.step(batch, Objective(), torch.Generator())


def values(*found: float) -> Callable[[], float]:
    left = list(found)
    return lambda: left.pop(0)


def test_the_best_epoch_is_kept_and_patience_ends_it() -> None:
    net, seen = network(), []
    engine = DenseEngine(net, 0.1)

    def one(epoch: int) -> dict[str, float]:
        loss = engine.move(loss_of(net))
        seen.append(net.w.detach().clone())
        return {"loss": loss, "more": float(epoch)}

    config = LoopConfig(epochs=9, patience=2)
    history = train_epochs(net, engine, one, values(0.1, 0.3, 0.2, 0.2, 9.0), small_world(), config, RunOptions())
    assert [entry["ndcg@10"] for entry in history] == [0.1, 0.3, 0.2, 0.2]
    assert [entry["more"] for entry in history] == [1, 2, 3, 4]
    assert [entry["epoch"] for entry in history if entry.get("kept")] == [2]
    assert torch.equal(net.w.detach(), seen[1])
