"""Settings of a method compared on validation parts alone; test data are never looked at.

    python -m benchmarks.search ncf --dataset raw --folder AUTHORS_FOLDER --seeds 3 --set dim=350 --try factors=0 --try factors=350

Each --try is a setting of one or several keys (`--try dropout=.5,learning_rate=.001`); each cell is the best epoch's validation
NDCG@10, mean and deviation over seeds. Of an authors' folder every seed carves a validation part of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry

Settings = dict[str, object]


def settings(text: str) -> Settings:
    """ "a=1,b=x" as keys and values; the method's Config makes numbers of them."""
    found: dict[str, str] = dict(part.split("=", 1) for part in text.split(",") if part)
    return {**found}


def trained_as(method: str) -> tuple[str | None, str | None]:
    """A method as px.train takes it, (explainer, baseline): with the recommender that it comes with, or as a recommender alone."""
    return (method, None) if method in load_registry().classes("explainer") else (None, method)


def trained_or_kept(data: Dataset, method: str, seed: int, keys: Settings, folder: Path | None) -> px.Run:
    """A run of a method with one thread; with a folder the one that lies there for the same data, seed and keys, or a new one kept
    there, so that long tables can be gone on with."""
    told = hashlib.sha256(json.dumps([data.fingerprint, method, seed, keys], sort_keys=True, default=str).encode()).hexdigest()
    kept = None if folder is None else folder / f"{method}-{data.name}-{seed}-{told[:8]}"
    if kept is not None and kept.exists():
        return px.load_run(kept, dataset=data)
    run = px.train(data, *trained_as(method), options=RunOptions(seed=seed, threads=1), settings=keys)
    if kept is not None:
        run.save(kept)
    return run


def prepared(path: Path, seed: int) -> Dataset:
    """A prepared data set, which is the same for every seed."""
    return px.load_dataset(path)


def best_value(data: Dataset, method: str, keys: Settings, seed: int) -> float:
    """Validation NDCG@10 of the best epoch."""
    run = px.train(data, *trained_as(method), options=RunOptions(seed=seed), settings=keys)
    return max(entry["ndcg@10"] for entry in run.history)


def main() -> None:
    """A Markdown table: a row a setting, a column a data set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("method")
    parser.add_argument("--dataset", type=Path, action="append", default=[], help="a prepared data set")
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a folder of the paper's authors")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", type=settings, action="append", default=[], help="for all settings")
    parser.add_argument("--try", type=settings, action="append", default=[], dest="tried", help="one setting")
    given = parser.parse_args()
    torch.set_num_threads(1)
    fixed: Settings = {key: value for part in given.set for key, value in part.items()}
    sources: dict[str, Callable[[int], Dataset]] = {path.name: partial(prepared, path) for path in given.dataset}
    sources |= {path.name: partial(px.data.import_paper_folder, path, path.name) for path in given.folder}
    print(f"| {given.method} | {' | '.join(sources)} |\n|{'---|' * (1 + len(sources))}", flush=True)
    for keys in given.tried or [{}]:
        cells = []
        for load in sources.values():
            values = [best_value(load(seed), given.method, fixed | keys, seed) for seed in range(given.seeds)]
            cells.append(f"{statistics.mean(values):.4f} ± {statistics.stdev(values) if len(values) > 1 else 0:.4f}")
        named = ", ".join(f"{k} {v}" for k, v in keys.items()) or "defaults"
        print(f"| {named} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
