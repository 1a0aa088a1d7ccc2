"""Training on the card: no wait within a step, the same bits twice, on another stream and after an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import pyexplain as px
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.objective import OnHost, Term, epoch_generator
from pyexplain.testing.worlds import small_world

from ..emulated.test_counts import DATA, objectives, trained

CARD = torch.device("cuda:0")


@pytest.mark.parametrize("kind", ["BPR", "CAR", "CNR"])
def test_a_step_waits_for_nothing(kind: str) -> None:
    """torch refuses whatever would wait; what it does not see, tests/emulated counts."""
    run = trained()
    model, objective, generator = run.recommender.model, objectives(run)[kind], epoch_generator(0, 1)  # type: ignore[attr-defined]
    engine = FusedEngine(model.form, model.user_rows, model.item_rows, run.recommender.config)
    users, preferred = torch.from_numpy(DATA.train[:64].copy()).unbind(1)
    batch = Term.sent(OnHost(users.contiguous(), preferred.contiguous(), preferred.roll(1)), CARD)
    for _ in range(3):  # rows of a round are stacked in the first, a plain step is recorded in the second
        engine.step(batch, objective, generator)
    torch.cuda.set_sync_debug_mode("error")
    try:
        engine.step(batch, objective, generator)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def state(method: str, **options: Any) -> dict[str, torch.Tensor]:
    settings = {"epochs": 3, "patience": 0} | ({"warmup_epochs": 1} if method in ("car", "cnr") else {})
    named = {"explainer" if method in ("car", "cnr") else "baseline": method}
    run = px.train(small_world(), settings=settings, options=px.RunOptions(device="cuda", **options), **named)
    return dict(run.recommender.state())


@pytest.mark.parametrize("method", ["vbpr", "car", "cnr", "nar", "ncf", "hybrid", "lightgcn"])
def test_the_same_bits_twice_and_on_another_stream(method: str) -> None:
    one, two = state(method), state(method)
    with torch.cuda.stream(torch.cuda.Stream()):
        three = state(method)
    for other in (two, three):
        assert all(torch.equal(one[name], other[name]) for name in one)


class StopError(Exception):
    """In place of a kill."""


@pytest.mark.parametrize("method", ["vbpr", "car", "cnr"])
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(method: str, tmp_path: Path) -> None:
    def stop(entry: dict[str, float]) -> None:
        if entry["epoch"] == 2:
            raise StopError

    with pytest.raises(StopError):
        state(method, checkpoints=tmp_path, callback=stop)
    resumed, whole = state(method, checkpoints=tmp_path, resume=True), state(method)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
