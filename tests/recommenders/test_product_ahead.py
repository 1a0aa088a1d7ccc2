"""The forward pass whose groups are made on the host: the same bits as the one that makes them where the batch lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from pyexplain.api import train
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.objective import Objective, OnHost, Term, epoch_generator
from pyexplain.recommenders.product_ahead import GroupedAhead
from pyexplain.testing.worlds import small_world

DATA = small_world()
HERE = torch.device("cpu")


class Both(Objective):
    """The batch, and the same users with other rows, half of them drawn twice."""

    def __init__(self, ahead: bool) -> None:
        self.ahead, self.rows = ahead, DATA.user_features.select(np.arange(5)).tensors()
        self.other_rows = DATA.user_features.select(np.arange(5, 12)).tensors()

    def terms(self, batch: Term, user_gradient: object) -> Iterator[Term]:
        at = torch.arange(len(batch.users)) % 5
        on_host = OnHost(batch.users, batch.other, batch.preferred, at)
        for term in (batch, replace(Term.sent(on_host, HERE, self.rows, 0.5), on_host=on_host)):
            yield term if self.ahead else replace(term, on_host=None)
        self.rows, self.other_rows = self.other_rows, self.rows  # another round


def steps(ahead: bool, objective: Objective) -> list[torch.Tensor]:
    made = train(DATA, explainer="car", settings={"epochs": 1, "dim": 8}).recommender
    model = made.model  # type: ignore[attr-defined]
    engine = FusedEngine(model.form, model.user_rows, model.item_rows, made.config)  # type: ignore[arg-type]
    users, preferred = torch.from_numpy(DATA.train.copy()).unbind(1)
    on_host = OnHost(users.contiguous(), preferred.contiguous(), preferred.roll(1))
    generator = epoch_generator(3, 1)
    for batch in Term.parts(on_host, HERE, [slice(at, at + 40) for at in range(0, len(users), 40)]):
        part = OnHost(batch.users, batch.preferred, batch.other) if ahead else None
        engine.step(replace(batch, on_host=part), objective, generator)
    engine.flush()
    assert (engine.inputs.ahead is not None) == ahead  # type: ignore[attr-defined]
    return [p.detach().clone() for p in model.network.parameters()]


@pytest.mark.parametrize("kind", ["plain", "both"])
def test_the_same_bits(kind: str) -> None:
    made = [steps(ahead, Both(ahead) if kind == "both" else Objective()) for ahead in (False, True)]
    for a, b in zip(*made, strict=True):
        assert torch.equal(a, b)


def test_rows_are_stacked_once_for_as_long_as_they_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    stacked = []
    before = GroupedAhead._stack
    monkeypatch.setattr(GroupedAhead, "_stack", lambda self, own: (stacked.append(len(own)), before(self, own))[1])
    objective = Both(True)
    objective.other_rows = objective.rows
    steps(True, objective)
    assert stacked == [0, 1]
