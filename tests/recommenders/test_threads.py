"""Same seed, same bits, for any number of threads: every recommender, and every explainer that learns."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

import pyexplain as px
from pyexplain.data import Dataset
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Settings
from pyexplain.explainers import Explainer
from pyexplain.registry import load_registry

REGISTRY = load_registry()
RECOMMENDERS = REGISTRY.names("recommender")
LEARNING = [name for name, one in REGISTRY.classes("explainer").items() if one.state is not Explainer.state]
SIZES = {"dim": 33, "epochs": 2, "completion_epochs": 2, "mask_epochs": 1, "text_epochs": 1, "patience": 0}


@functools.cache
def wide_world() -> Dataset:
    """500 users, 250 items, 150 features: batches are large enough for torch to share out its sums and products."""
    rng = np.random.default_rng(0)
    users, items = np.repeat(np.arange(500), 12), rng.integers(0, 250, 6000)
    items[:250] = np.arange(250)
    names = {"user": [f"u{k:03}" for k in users], "item": [f"i{k:03}" for k in items]}
    frame = pd.DataFrame({**names, "rating": 5.0, "time": np.arange(6000)}).drop_duplicates(["user", "item"])
    words = [
        (row.user, row.item, f"f{k:03}", "good", float(rng.choice([-1, 1])), f"The f{k:03} is good.")
        for row in frame.itertuples()
        for k in rng.integers(0, 150, 3)
    ]
    frame["part"] = assign_parts(frame.reset_index(drop=True), "random", 0, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("wide", frame, mentions, "heldout", Settings("generated", "random", 0, n_candidates=12))


def with_threads(make: Callable[[], dict[str, Tensor]]) -> list[dict[str, Tensor]]:
    """What is made with one to four threads; torch's own count is put back."""
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 4):
            torch.set_num_threads(threads)
            found.append(make())
    finally:
        torch.set_num_threads(before)
    return found


def sizes_of(one: Any) -> dict[str, Any]:
    return {key: value for key, value in SIZES.items() if key in one.Config.model_fields}


def assert_alike(found: list[dict[str, Tensor]]) -> None:
    for other in found[1:]:
        assert [key for key in found[0] if not torch.equal(found[0][key], other[key])] == []


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_a_recommender_is_the_same_with_any_number_of_threads(name: str) -> None:
    settings = sizes_of(REGISTRY.get("recommender", name))

    def trained() -> dict[str, Tensor]:
        options = px.RunOptions(threads=torch.get_num_threads())
        return px.train(wide_world(), baseline=name, settings=settings, options=options).recommender.state()

    assert_alike(with_threads(trained))


@pytest.mark.parametrize("name", LEARNING)
def test_an_explainer_that_learns_is_the_same_with_any_number_of_threads(name: str) -> None:
    run = px.train(wide_world(), baseline="vbpr", settings={"dim": 33, "epochs": 1})
    one = REGISTRY.get("explainer", name)

    def learned() -> dict[str, Tensor]:
        made = one(one.Config(**sizes_of(one)))
        made.fit(run.recommender, run.data, px.RunOptions())
        return dict(made.state())

    assert_alike(with_threads(learned))
