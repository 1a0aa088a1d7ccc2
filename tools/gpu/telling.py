"""explain --all as anyone has it: from one process, and from workers that share the device."""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

import pyexplain as px
from benchmarks.world import random_data
from pyexplain.data.store import save_dataset
from pyexplain.data.types import Dataset
from pyexplain.engines.local import LocalEngine
from pyexplain.engines.processes import ProcessEngine
from pyexplain.everyone import explain_everyone

from .bench import Bench, onto


def everyone(bench: Bench) -> None:
    """Pairs a second with everything that the host does, on a part of the size of the clothing data; with workers, one a core,
    also without the first parts, until which they start."""
    few, many = (120, 240) if bench.small else (1_000, 20_000)
    data, workers = _data(bench, few), 2 if bench.small else os.cpu_count() or 1
    run = _trained(bench, data, "cnr")
    for name, one in {"on the device": run, f"on {torch.get_num_threads()} threads": onto(run, bench.options("cpu"))}.items():
        with TemporaryDirectory() as out:
            began = time.perf_counter()
            pairs = explain_everyone(one, Path(out) / "all.parquet")
            bench.tell(f"explain --all {name}", f"{pairs / (time.perf_counter() - began):,.0f} pairs/s", f"{pairs:,} pairs")
    for method, device in (("cnr", bench.device.type), ("hybrid", "cpu")):
        with TemporaryDirectory() as folder:
            _by_workers(bench, _trained(bench, _data(bench, many), method), Path(folder), device, workers)


def _data(bench: Bench, users: int) -> Dataset:
    return random_data(users, 80, 65, 7 * users) if bench.small else random_data(users, 5_000, 1_462, 6 * users)


def _trained(bench: Bench, data: Dataset, method: str) -> px.Run:
    dim = 16 if bench.small else 350
    settings = {"epochs": 1, "patience": 0, "dim": dim}
    if method == "hybrid":
        return px.train(data, explainer=method, settings=settings, options=bench.options())
    more = {"warmup_epochs": 1, "hidden": dim}
    return px.train(data, explainer=method, settings=settings | more, options=bench.options())


def _by_workers(bench: Bench, run: px.Run, folder: Path, device: str, workers: int) -> None:
    save_dataset(run.data, folder / "data")
    seen: list[tuple[float, int]] = []
    run.save(folder / "run")
    tell = lambda label, done, total: seen.append((time.perf_counter(), done))  # noqa: E731
    there = px.load_run(folder / "run", options=px.RunOptions(device=device, progress=tell), dataset=folder / "data")
    name, engine = run.trained.recommender.name, ProcessEngine(workers) if workers > 1 else LocalEngine()
    began = time.perf_counter()
    pairs = explain_everyone(there, folder / "all.parquet", engine=engine)
    taken = time.perf_counter() - began
    parts = [entry for entry in seen if entry[1]]
    first, last = parts[min(workers, len(parts) // 2)], parts[-1]
    what = f"explain --all of {name} by {workers} workers on {device}"
    figures = [f"{pairs / taken:,.0f} pairs/s", f"{pairs:,} pairs"]
    if last[1] > first[1]:
        warm = pairs * (last[1] - first[1]) / last[1] / (last[0] - first[0])
        figures.insert(1, f"{warm:,.0f} once they have started")
    bench.tell(what, *figures)
