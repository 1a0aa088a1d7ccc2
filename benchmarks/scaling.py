"""How the cost of an epoch and of explaining grows with users, items, features and pairs: four sizes of each."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np

import pyexplain as px
from pyexplain.data import NegativeSampler
from pyexplain.explainers import SolverSettings, solve

from .measure import slope
from .world import random_data

BASE = {"users": 4_000, "items": 2_000, "features": 400, "pairs": 64_000}
FACTORS = (1, 2, 4, 8)
EXPLAINED = 2_000


@dataclass(frozen=True)
class Curve:
    """sizes and what they cost; slope 0: does not matter, 1: linear."""

    what: str
    grows: str
    sizes: tuple[int, ...]
    seconds: tuple[float, ...]

    @property
    def slope(self) -> float:
        """Between the two largest sizes the fixed costs weigh least, so those count alone."""
        return slope(list(self.sizes[-2:]), list(self.seconds[-2:]))


def curves() -> list[Curve]:
    """An epoch of training, and EXPLAINED counterfactuals, for each of the four sizes."""
    out = []
    for grows in BASE:
        sizes = [BASE[grows] * factor for factor in FACTORS]
        found = [_cost(BASE | {grows: size}) for size in sizes]
        for number, what in enumerate(("an epoch of training", f"{EXPLAINED} counterfactuals")):
            out.append(Curve(what, grows, tuple(sizes), tuple(cost[number] for cost in found)))
    return out


def _cost(size: dict[str, int]) -> tuple[float, float]:
    data = random_data(**size)
    run = px.train(data, explainer="cnr", dim=64, epochs=4, warmup_epochs=4, patience=0)
    epoch = statistics.median(entry["seconds"] for entry in run.history[1:])
    pairs = data.train[np.random.default_rng(0).permutation(len(data.train))[:EXPLAINED]]
    against = NegativeSampler(data.train, data.n_users, data.n_items).sample(pairs[:, 0], np.random.default_rng(1))
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        solve(run.recommender, data, pairs, against, SolverSettings())
        taken.append(time.perf_counter() - began)
    return epoch, statistics.median(taken)
