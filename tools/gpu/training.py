"""Training steps on the device, beside what a user of torch alone would write."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

import pyexplain as px
from pyexplain.plugins.car import AdversarialObjective, CARConfig  # type: ignore[import-untyped]
from pyexplain.plugins.cnr import CounterfactualObjective  # type: ignore[import-untyped]
from pyexplain.recommenders.engine import Engine
from pyexplain.recommenders.objective import Objective, OnHost, Term, epoch_generator

from .bench import Bench, onto
from .peer import Peer

BATCH = 512


def train(bench: Bench) -> None:
    """Steps a second for each kind of loss, against the head's three products alone; launches and waits of one step."""
    data, run = bench.data, onto(bench.trained, bench.options())  # a copy: the steps change it
    _epochs(bench)
    recommender: Any = run.recommender
    engine, generator = recommender.model._engine(recommender.config), epoch_generator(0, 1)
    car, cnr = AdversarialObjective(CARConfig()), CounterfactualObjective(run.recommender, data, run.trained.options)
    car.active = True
    cnr._solve_round()
    floor = _products(bench, recommender.model.form.W1.detach())
    batches = _batches(bench)
    for name, objective in {"BPR": Objective(), "CAR": car, "CNR": cnr}.items():
        step = partial(_next_step, engine, batches, objective, generator)
        _tell(bench, f"training step, {name}", step, floor)
        if bench.gpu:
            bench.profile(f"a step of {name}", step, 10)
    peer = Peer(data, bench.device, 16 if bench.small else 350)
    _tell(bench, "training step, torch alone", lambda: peer.step(next(batches)), floor)
    if bench.gpu:
        replay = peer.graph(next(batches))
        _tell(bench, "training step, torch alone, a CUDA graph", lambda: replay(next(batches)), floor)


def _epochs(bench: Bench) -> None:
    """Whole epochs of training as anyone has them: drawing, grouping, validation."""
    dim = 16 if bench.small else 350
    settings = {"epochs": 3, "patience": 0, "dim": dim, "hidden": dim}
    history = px.train(bench.data, baseline="vbpr", settings=settings, options=bench.options()).history
    steps, seconds = -(-len(bench.data.train) // BATCH), min(entry["seconds"] for entry in history)
    bench.tell("the fastest of 3 epochs of vbpr", f"{seconds:.3f} s", f"{steps} steps", f"{steps / seconds:,.0f} steps/s")


def _next_step(engine: Engine, batches: Iterator[Term], objective: Objective, generator: torch.Generator) -> None:
    engine.step(next(batches), objective, generator)


def _batches(bench: Bench) -> Iterator[Term]:
    order = np.random.default_rng(0).permutation(len(bench.data.train))
    users, items = (torch.from_numpy(np.ascontiguousarray(c)) for c in bench.data.train[order].T)
    others = torch.randint(0, bench.data.n_items, users.shape)
    parts = [slice(at, at + BATCH) for at in range(0, len(users) - BATCH + 1, BATCH)]
    return itertools.cycle(list(Term.parts(OnHost(users, items, others), bench.device, parts)))


def _products(bench: Bench, W1: Tensor) -> float:
    h, width = W1.shape
    x, g = torch.randn(2 * BATCH, width, device=bench.device), torch.randn(2 * BATCH, h, device=bench.device)
    floor = bench.seconds(lambda: (x @ W1.t(), g @ W1, g.t() @ x))
    bench.tell("the head's three products alone", f"{1e6 * floor:.0f} us")
    return floor


def _tell(bench: Bench, name: str, step: Callable[[], object], floor: float) -> None:
    n = 2 if bench.small else 50
    each = bench.wall(lambda: [step() for _ in range(n)]) / n
    bench.tell(name, f"{1e3 * each:.2f} ms", f"{1 / each:,.0f} steps/s", f"{each / floor:.0f} x the products")
