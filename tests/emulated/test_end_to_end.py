"""The CUDA branch of the Python code: every method trains, ranks and explains, and what a model answers is what it answers on the
processor. On the card that is not there (card.py); or, where torch has one, on that (tests marked gpu)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import pyexplain as px
from pyexplain.data.store import save_dataset
from pyexplain.registry import load_registry
from pyexplain.testing.worlds import small_world
from tools.gpu.bench import onto

from ..cli.conftest import good
from .card import card
from .emulation import emulated

THERE = px.RunOptions(device="cuda:0")
BEGIN = {"epochs": 2, "patience": 0}
EXPLAINERS = ("car", "cnr", "cer")
METHODS = [name for name, one in load_registry(strict=True).classes("recommender").items() if not one.control]
ON_HOST = {"ease", "efm", "item-knn"}  # closed forms, and what is computed in numpy
SHORT = {"warmup_epochs": 1, "pretraining_epochs": 1, "text_epochs": 1}  # of these, what a method has


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.gpu) if torch.cuda.is_available() else "emulated"])
def on_card(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "real":
        yield
        return
    emulated().look_for_races(False)  # the kernels' own tests look
    with card(monkeypatch):
        yield
    emulated().look_for_races(True)


def trained(method: str, options: px.RunOptions) -> px.Run:
    known = load_registry().get("recommender", method).Config.model_fields
    settings = {key: value for key, value in (BEGIN | SHORT).items() if key in known}
    named = {"explainer" if method in EXPLAINERS else "baseline": method}
    return px.train(small_world(), settings=settings, options=options, **named)


@cache
def here(method: str) -> px.Run:
    return trained(method, px.RunOptions())


@pytest.mark.parametrize("method", METHODS)
def test_training_goes_as_on_the_processor(method: str, on_card: None) -> None:
    """The loss: parameters part, since Adam makes much of a last bit."""
    run = trained(method, THERE)
    assert str(run.recommender.device) == ("cpu" if method in ON_HOST else "cuda:0")
    for entry, wanted in zip(run.history, here(method).history, strict=True):
        assert entry["loss"] == pytest.approx(wanted["loss"], rel=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_a_model_ranks_and_scores_alike(method: str, on_card: None) -> None:
    one = here(method)
    run, pairs = onto(one, THERE), one.data.train[:30]
    users, items = torch.from_numpy(pairs.copy()).unbind(1)
    found = run.recommender.scores(users.to(run.recommender.device), items.to(run.recommender.device)).cpu().numpy()
    np.testing.assert_allclose(found, one.recommender.scores(users, items).numpy(), rtol=1e-4, atol=1e-5)
    for user in one.data.users[:3]:
        assert [item for item, _ in run.recommend(user, 5)] == [item for item, _ in one.recommend(user, 5)]


@pytest.mark.parametrize("method", [*EXPLAINERS, "hybrid"])
def test_a_model_explains_alike(method: str, on_card: None) -> None:
    one = here(method)
    run, pairs = onto(one, THERE), one.data.test[:20]
    others = px.explainers.choose_against(one.recommender, one.data, pairs, 0)
    found, wanted = (each.explainer(method).explain(pairs, others) for each in (run, one))
    np.testing.assert_allclose(found.weights.dense(), wanted.weights.dense(), rtol=2e-3, atol=2e-3)


def test_the_commands_run_there(on_card: None, tmp_path: Path) -> None:
    """train, evaluate with explanations, recommend and explain everybody, with --device cuda."""
    data, out, device = tmp_path / "data", tmp_path / "run", ("--device", "cuda")
    save_dataset(small_world(), data)
    good("train", "--explainer", "cnr", "--dataset", data, "--out", out, "--epochs", 2, "--set", "warmup_epochs=1", *device)
    figures = json.loads(good("evaluate", out, "--explanations", "--json", *device).stdout)
    assert figures["protocol"] == "heldout"
    good("recommend", out, "--all", "--out", tmp_path / "lists.parquet", *device)
    good("explain", out, "--all", "--out", tmp_path / "reasons.parquet", *device)
    assert len(pd.read_parquet(tmp_path / "reasons.parquet")) > 0


def test_a_residual_is_trained_and_explained_alike(on_card: None) -> None:
    settings = {**BEGIN, "residual": 8, "residual_dropout": 0.0, "learning_rate": 0.01, "epochs": 6}
    there, one = (
        px.train(small_world(), explainer="hybrid", settings=settings, options=where) for where in (THERE, px.RunOptions())
    )
    for entry, wanted in zip(there.history, one.history, strict=True):
        assert entry["loss"] == pytest.approx(wanted["loss"], rel=0.02)
    run, users, pairs = onto(one, THERE), torch.arange(9), one.data.test[:20]
    found, wanted = run.recommender.catalogue_scores(users.to("cuda:0")).cpu(), one.recommender.catalogue_scores(users)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    others = px.explainers.choose_against(one.recommender, one.data, pairs, 0)
    told, told_here = (each.explainer("hybrid").explain(pairs, others) for each in (run, one))
    np.testing.assert_allclose(told.weights.dense(), told_here.weights.dense(), rtol=2e-3, atol=2e-3)
    assert "what features do together" in told.notes[0]
