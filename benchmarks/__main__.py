"""python -m benchmarks [--data FOLDER] [--only NAME]... [--repeats N] [--write]: every target of speed, measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from . import epochs, explaining, memory, profiles, ranking, reading, scaling, startup, training, world
from .measure import Row
from .report import page, show, write

PARTS = ("training", "epochs", "counterfactuals", "adversarial", "ranking", "reading", "startup", "memory", "scaling")
AUTHORS = Path(__file__).parents[2] / "shared" / "data" / "paper_musical_instruments" / "pickles"


def main() -> None:
    """Measure, print, and with --write replace the benchmarks' part of docs/results/speed.md."""
    given = _arguments()
    torch.set_num_threads(given.threads)
    folder = given.data or (AUTHORS if AUTHORS.is_dir() else None)
    run = world.trained(world.instrument(folder))
    parts: dict[str, Callable[[], list[Row]]] = {
        "training": lambda: training.rows(given.repeats),
        "epochs": lambda: epochs.rows(run.data, given.repeats),
        "counterfactuals": lambda: explaining.counterfactuals(run, given.repeats),
        "adversarial": lambda: explaining.adversarial(run, given.repeats),
        "ranking": lambda: ranking.rows(run, given.repeats),
        "reading": lambda: reading.rows(max(3, given.repeats // 2)),
        "startup": lambda: startup.rows(given.repeats),
        "memory": memory.rows,
    }
    rows = [row for name, measure in parts.items() if not given.only or name in given.only for row in measure()]
    whole = not given.only
    curves = scaling.curves() if whole or "scaling" in given.only else []
    shares = {"a training step": profiles.training_step(), "the solver": profiles.solver(run)} if whole else {}
    where = "the authors' Instrument folder" if folder else "random data of the size of the authors' Instrument folder"
    text = page(rows, curves, shares, where, given)
    show(text)
    if given.write:
        write(text, Path(__file__).parents[1] / "docs" / "results" / "speed.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, help="the authors' Instrument folder; random data of its size without one")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--repeats", type=int, default=7, help="turns of each side; medians are printed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="into docs/results/speed.md")
    given = parser.parse_args()
    if given.repeats < 5:
        parser.error("--repeats: wanted at least 5, since medians are printed")
    return given


if __name__ == "__main__":
    main()
