"""A network may be configured by the keys that the loop reads alone; runs that hold keys that are no longer read are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import Field
from torch import nn

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.recommenders import (
    FactorNetwork,
    FeatureProductNetwork,
    HeadlessConfig,
    LoopConfig,
    NetworkConfig,
    Recommender,
    TrainingConfig,
)
from pyexplain.recommenders.config import make_config
from pyexplain.recommenders.networks import FeatureProductConfig
from pyexplain.registry import load_registry
from tests.worlds import small_world

LOOP = {"learning_rate", "batch_size", "epochs", "patience", "weight_decay"}


class Few(NetworkConfig):
    """The loop's keys and one of its own."""

    dim: int = Field(4, ge=1)


class Plain(Recommender):
    """Trained by autograd."""

    name = "plain"
    Config = Few

    def build(self, data: Dataset, seed: int) -> nn.Module:
        return FactorNetwork(data.n_users, data.n_items, self.config.dim, seed)


class Product(Recommender):
    """Of the form of eq. (5), trained natively; the rest of what it is made from is its own affair."""

    name = "product"
    Config = Few

    def build(self, data: Dataset, seed: int) -> nn.Module:
        return FeatureProductNetwork.of(data, FeatureProductConfig(dim=self.config.dim, dropout=0.2), seed)


def fitted(cls: type[Recommender], config: type[NetworkConfig]) -> dict[str, torch.Tensor]:
    made = type(cls.__name__, (cls,), {"Config": config})(config(dim=4, epochs=2, learning_rate=0.01, weight_decay=1e-3))
    made.fit(small_world(), px.RunOptions(seed=1))
    return made.state()


def test_the_keys_are_those_of_the_loop_and_those_of_training_are_as_they_were() -> None:
    assert set(NetworkConfig.model_fields) == LOOP
    assert set(TrainingConfig.model_fields) == set(HeadlessConfig.model_fields) == LOOP | {"dim", "hidden", "dropout"}
    assert HeadlessConfig().model_dump() == TrainingConfig().model_dump()
    with pytest.raises(px.UsageError, match="dropout") as caught:
        make_config(Few, {"dropout": 0.5}, "--set")
    assert "hidden" not in caught.value.hint


@pytest.mark.parametrize("cls", [Plain, Product])
def test_what_is_learned_is_the_same_without_the_others(cls: type[Recommender]) -> None:
    few, all_keys = fitted(cls, Few), fitted(cls, TrainingConfig)
    assert few.keys() == all_keys.keys()
    assert all(torch.equal(few[name], all_keys[name]) for name in few)


def test_who_lacks_a_key_of_the_loop_is_told_which_settings_are_wanted() -> None:
    made = type("Bare", (Plain,), {"Config": type("Dim", (LoopConfig,), {"__annotations__": {"dim": int}, "dim": 4})})()
    with pytest.raises(TypeError, match="Bare.Config must be a NetworkConfig"):
        made.fit(small_world(), px.RunOptions())


@pytest.mark.parametrize("name", ["bpr-mf", "apr", "amr"])
def test_runs_and_settings_that_hold_keys_that_do_nothing_work_and_the_keys_say_so(name: str, tmp_path: Path) -> None:
    keys = {"epochs": 1, "dim": 4, "hidden": 8, "dropout": 0.3}
    run = px.train(small_world(), baseline=name, settings=keys)
    run.save(tmp_path / "run")
    config = px.load_run(tmp_path / "run", dataset=small_world()).recommender.config
    assert keys.items() <= config.model_dump().items()
    fields = load_registry().get("recommender", name).Config.model_fields
    assert [key for key, field in fields.items() if "not used" in (field.description or "")] == ["hidden", "dropout"]
