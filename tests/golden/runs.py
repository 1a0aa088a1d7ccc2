"""The runs and their figures: made of the built-in data, one thread, one seed, no path and no clock in any figure."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pyexplain as px
from pyexplain.data.demo import write_demo
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import Registry, load_registry

SEED, PAIRS, ITEMS = 3, 15, 3
SETTINGS = {
    "dim": 16,
    "epochs": 4,
    "learning_rate": 0.01,
    "batch_size": 128,
    "warmup_epochs": 1,
    "pretraining_epochs": 1,
    "text_epochs": 2,
}  # of these, what a method has
FIGURES = {  # where they stand in the document of evaluate
    "ndcg@10": ("ranking", "ndcg@10"),
    "agreement": ("explanations", "agreement", "ndcg@10"),
    "validity": ("explanations", "counterfactual", "validity"),
    "size": ("explanations", "counterfactual", "size_median"),
    "deletion": ("explanations", "faithfulness", "deletion"),
}


@cache
def registry() -> Registry:
    """The methods that are installed."""
    return load_registry()


def method_names() -> list[str]:
    """The built-in recommenders and explainers that are no controls; what comes with both under one name stands once."""
    kinds = [registry().classes(kind) for kind in ("explainer", "recommender")]
    own = (f"{name}" for classes in kinds for name, cls in classes.items() if cls.__module__.startswith("pyexplain.plugins."))
    return sorted({name for name in own if not any(getattr(c.get(name), "control", False) for c in kinds)})


@cache
def dataset() -> Dataset:
    """150 users of the built-in data, read and prepared like any other file."""
    with tempfile.TemporaryDirectory() as folder:
        reviews = write_demo(Path(folder), users=150, items=60, features=12, reviews=1500)
        return prepare([reviews], PrepareOptions(name="golden", items=(reviews.with_name("items.jsonl"),)), registry())


@cache
def trained(name: str) -> px.Run:
    """The run of a method: of an explainer with the recommender that it comes with, otherwise of a recommender alone."""
    torch.set_num_threads(1)
    explainer = registry().classes("explainer").get(name)
    ranker = registry().get("recommender", explainer.comes_with if explainer else name)
    keys = {*ranker.Config.model_fields, *(explainer.Config.model_fields if explainer else ())}
    settings = {key: value for key, value in SETTINGS.items() if key in keys}
    chosen = {"explainer": name} if explainer else {"baseline": name}
    return px.train(dataset(), **chosen, options=px.RunOptions(seed=SEED, threads=1), registry=registry(), settings=settings)


def figures(names: list[str]) -> dict[str, dict[str, Any]]:
    """name -> loss an epoch, figures of FIGURES, number and hash of the explanations; what a method has not is left out."""
    runs = [trained(name) for name in names]
    document = px.evaluate(*runs, names=names, explanations=True, max_pairs=PAIRS).to_dict()
    measured = {entry["run"]: entry for entry in document["runs"]}
    return {name: _of(run, measured[name]) for name, run in zip(names, runs, strict=True)}


def _of(run: px.Run, measured: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"loss": [entry["loss"] for entry in run.history]}
    for name, path in FIGURES.items():
        value: Any = measured
        for key in path:
            value = value.get(key, {}) if isinstance(value, dict) else {}
        if isinstance(value, (int, float)):
            out[name] = value
    return out | (_explained(run) if run.trained.explainer else {})


def _explained(run: px.Run) -> dict[str, Any]:
    """Of the first items of some users: sum of the weights, and a hash of all that an explanation says in numbers."""
    items, _ = run.order.best(np.arange(20), ITEMS)
    rows, places = np.nonzero(items >= 0)
    pairs = np.stack([rows, items[rows, places]], axis=1)
    found = run.explainer().explain(pairs, px.explainers.choose_against(run.recommender, run.data, pairs, SEED))
    digest = hashlib.sha256()
    for array in _arrays(found):
        digest.update(str((array.dtype, array.shape)).encode() + np.ascontiguousarray(array).tobytes())
    weights = float(np.abs(found.weights.values.astype(np.float64)).sum())
    return {"pairs": len(pairs), "weights": weights, "hash": digest.hexdigest()[:16]}


def _arrays(found: px.Explanations) -> Iterator[np.ndarray]:
    for part in (found.items, found.against, found.weights, found.change, found.margin_before, found.margin_after, found.valid):
        if isinstance(part, SparseRows):
            yield from (part.offsets, part.indices, part.values)
        elif part is not None:
            yield part
