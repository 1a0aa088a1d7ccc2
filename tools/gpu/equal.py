"""Whether a model is the same on both devices, and comes out the same twice; the contracts' check of devices, for every plugin."""

from __future__ import annotations

import numpy as np
import torch

import pyexplain as px
from benchmarks.world import random_data
from pyexplain.data.types import Dataset
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.registry import load_registry
from pyexplain.run import Run
from pyexplain.testing.contract import Contract
from pyexplain.testing.run import CONTRACTS

from .bench import Bench, onto


def equal(bench: Bench) -> None:
    """Scores from the same weights, and the same bits twice. Models trained on both devices part: one last bit in the first
    parameters moves a trained model by a hundredth, so they are told and not judged."""
    data = random_data(120, 80, 65, 800) if bench.small else random_data(600, 400, 325, 4000)
    for method in ("vbpr", "car", "cnr"):
        runs = [_trained(method, data, bench.options(device)) for device in ("cpu", None)]
        bench.tell(f"{method} after 3 epochs, trained on both devices", f"scores part by {_far(*runs):.1e}")
    one, two = (_trained("cnr", data, bench.options()) for _ in range(2))
    first, second = one.recommender.state(), two.recommender.state()
    bench.tell("the same bits twice", str(all(torch.equal(first[name], second[name]) for name in first)))
    bench.tell("scores from the same weights", f"part by {_far(one, onto(one, bench.options('cpu'))):.1e}")


def _trained(method: str, data: Dataset, options: px.RunOptions) -> Run:
    settings: dict[str, object] = {"epochs": 3, "dim": 64, "patience": 0}
    if method == "vbpr":
        return px.train(data, baseline=method, options=options, settings=settings)
    return px.train(data, explainer=method, options=options, settings=settings | {"warmup_epochs": 1})


def _far(one: Run, other: Run) -> float:
    """The largest difference of scores, as a share of the largest score."""
    users, items = (a.ravel() for a in np.meshgrid(np.arange(one.data.n_users), np.arange(one.data.n_items), indexing="ij"))
    a, b = (BatchScorer(run.recommender, run.data.n_features)(users, items) for run in (one, other))
    return float(np.abs(a - b).max() / np.abs(b).max())


def plugins(bench: Bench) -> None:
    """How many plugins passed, and which did not, with the reason."""
    ended: dict[str, list[str]] = {}
    kinds = ("recommender", "explainer")
    for found in load_registry().found:
        if found.kind in kinds and not (bench.small and found.name not in ("vbpr", "car")):
            contract: type[Contract] = type("Check", (CONTRACTS[found.kind],), {"cls": found.cls})
            outcome = contract.judge("devices")
            ended.setdefault(outcome.status, []).append(f"{found.kind} {found.name}")
            if outcome.status == "failed":
                bench.tell(f"{found.kind} {found.name}", f"FAILED: {outcome.reason[:300]}")
    bench.tell("plugins on both devices", *(f"{status}: {len(names)}" for status, names in ended.items()))
