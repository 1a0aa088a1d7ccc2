"""Where the time of a training step and of the counterfactual solver goes, by function."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable

import torch

from pyexplain.explainers import SolverSettings, solve
from pyexplain.recommenders.objective import Objective, Term
from pyexplain.run import Run

from .explaining import Asked
from .training import batches, engine

LINES = 9


def training_step() -> list[tuple[str, float]]:
    """Shares of 20 training steps at the Clothing shape."""
    ours, generator, drawn = engine(), torch.Generator().manual_seed(2), batches()
    ours.step(Term(*drawn[0]), Objective(), generator)

    def run() -> None:
        for batch in drawn:
            ours.step(Term(*batch), Objective(), generator)

    return shares(run)


def solver(run: Run) -> list[tuple[str, float]]:
    """Shares of counterfactuals for all training pairs."""
    asked = Asked.of(run)

    def ours() -> None:
        solve(run.recommender, run.data, asked.pairs, asked.against, SolverSettings())

    ours()
    return shares(ours)


def shares(run: Callable[[], None]) -> list[tuple[str, float]]:
    """The functions that take most time themselves, with their shares of all, 0..1."""
    profile = cProfile.Profile()
    profile.runcall(run)
    found = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in found.values())
    largest = sorted(found.items(), key=lambda entry: -entry[1][2])[:LINES]
    return [(_name(place), entry[2] / total) for place, entry in largest]


def _name(place: tuple[str, int, str]) -> str:
    file, _, function = place
    if file.startswith("~"):
        return function.strip("<>").replace("built-in method ", "").replace("method ", "").split(" of ")[0].strip("'{}")
    return f"{'/'.join(file.split('/')[-2:])} {function}"
