"""Tables of embeddings that are written by row alone end where torch.optim.Adam has them."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

import pyexplain as px
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.objective import Objective, Term, epoch_generator
from pyexplain.registry import load_registry

from ..worlds import small_world

DATA = small_world()


def engine_of(name: str, keys: dict[str, float]) -> TorchEngine:
    cls = load_registry(strict=True).get("recommender", name)
    recommender = cls(cls.Config(dim=8, **keys))
    recommender.prepare(DATA, px.RunOptions(seed=5))
    model = recommender.model
    return TorchEngine(model.network, model.user_rows, model.item_rows, model.n_features, recommender.config)


def run(engine: TorchEngine, steps: range) -> list[float]:
    losses = []
    for number in steps:
        rng = np.random.default_rng(number)
        columns = (rng.integers(0, 9, 6), rng.integers(0, 7, 6), rng.integers(7, 12, 6))  # most rows rest for a while
        batch = Term(*(torch.from_numpy(c) for c in columns))
        losses.append(engine.step(batch, Objective(), epoch_generator(1, number, "cpu")))
    engine.flush()
    return losses


@pytest.mark.parametrize("name", ["ncf", "nar"])
@pytest.mark.parametrize("keys", [{}, {"weight_decay": 0.1}], ids=["plain", "weight decay"])
def test_the_same_as_adam_on_whole_tables(name: str, keys: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    by_row = engine_of(name, keys)
    found = run(by_row, range(40))

    module = importlib.import_module(f"pyexplain.plugins.{name}")
    monkeypatch.setattr(module, "table_rows", lambda table, numbers: table[numbers])
    network = type(by_row.network)
    monkeypatch.setattr(network, "row_tables", {})
    whole = engine_of(name, keys)
    assert not whole.tables
    np.testing.assert_allclose(found, run(whole, range(40)), rtol=1e-4)
    for key, wanted in whole.network.named_parameters():
        if key != "head.b2":  # its gradient is zero but for rounding
            torch.testing.assert_close(by_row.network.get_parameter(key), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["ncf", "nar"])
def test_state_and_load_state_go_on_alike(name: str) -> None:
    straight, stopped, resumed = (engine_of(name, {}) for _ in range(3))
    run(straight, range(10))
    wanted = run(straight, range(10, 20))
    run(stopped, range(10))
    resumed.network.load_state_dict(stopped.network.state_dict())
    resumed.load_state(stopped.state())
    assert run(resumed, range(10, 20)) == wanted


@pytest.mark.parametrize("said", [("user_embedding",), {"user_embedding": "people"}, {"no_such_table": "users"}])
def test_what_is_no_row_tables_is_refused_with_the_form_and_the_parameters(said: object, monkeypatch: pytest.MonkeyPatch) -> None:
    network = type(engine_of("ncf", {}).network)
    monkeypatch.setattr(network, "row_tables", said)
    with pytest.raises(px.UsageError, match="expected .parameter: 'users' or 'items'.*") as caught:
        engine_of("ncf", {})
    assert network.__name__ in str(caught.value)
    assert "item_embedding" in str(caught.value)
