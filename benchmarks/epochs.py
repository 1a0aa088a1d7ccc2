"""An epoch of each network over one of eq. (5)'s, as `train` runs its steps: the same data, size, batch and dropout, in processor
time of one thread."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from pyexplain.data.types import Dataset
from pyexplain.recommenders import RunOptions
from pyexplain.recommenders.objective import Objective
from pyexplain.recommenders.training import _run_epoch, _trainable
from pyexplain.registry import load_registry

from .measure import Row, in_turn

SIZES = (64, 350)
BASE = "vbpr"
# method and settings at size d; how many of VBPR's epochs an epoch may cost
MEASURED: dict[str, tuple[str, Callable[[int], dict[str, Any]], float]] = {
    "ncf": ("ncf", lambda d: {"factors": d}, 1.5),
    "ncf, 350 factors": ("ncf", lambda d: {"factors": 350}, 1.5),
    "nar": ("nar", lambda d: {}, 4.0),
    "nar, attend=mentioned": ("nar", lambda d: {"attend": "mentioned"}, 2.0),
}


def rows(data: Dataset, repeats: int) -> list[Row]:
    """Each method at each size."""
    out = []
    for d in SIZES:
        versions = {name: epoch(data, method, {"dim": d, **keys(d)}) for name, (method, keys, _) in MEASURED.items()}
        taken = in_turn({BASE: epoch(data, BASE, {"dim": d}), **versions}, 3 * repeats, clock=time.process_time)
        what = f"an epoch, {data.n_features} features, d = {d}"
        out += [
            Row(f"{what}: {name}", BASE, "ms", 1e3 * taken[name], 1e3 * taken[BASE], must, None, at_most=True)
            for name, (_, _, must) in MEASURED.items()
        ]
    return out


def epoch(data: Dataset, method: str, keys: dict[str, Any]) -> Callable[[], float]:
    """The next epoch of a method, at every call."""
    cls = load_registry(strict=True).get("recommender", method)
    made, options = cls(cls.Config(**keys)), RunOptions(seed=1)
    made.prepare(data, options)
    engine = made.model._engine(made.config)
    pairs, sampler = _trainable(data)
    number = itertools.count(1)
    return lambda: _run_epoch(next(number), made.model.network, engine, Objective(), pairs, sampler, made.config, options)
