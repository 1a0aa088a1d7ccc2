"""Counterfactuals by scores alone beside those by gradients, on the training pairs of one data set, for docs/results/matrix.md.

    python -m benchmarks.questions [--data FOLDER] [--budget 600] [--budget 100]

VBPR at d = 350; each pair against the next in the full order of the catalogue.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import pyexplain as px
from pyexplain.recommenders.options import RunOptions

from .explaining import Asked, quality
from .world import instrument


def main() -> None:
    """A line a method."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--data", type=Path, help="the authors' Instrument folder; random data of its size without one")
    parser.add_argument("--budget", type=int, action="append", help="questions per pair, at most; may be repeated")
    parser.add_argument("--dim", type=int, default=350)
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = instrument(given.data)
    run = px.train(data, baseline="vbpr", options=RunOptions(threads=1), settings={"dim": given.dim})
    asked = Asked.of(run, runner_up=True)
    by_gradients = px.explainers.solve(run.recommender, data, asked.pairs, asked.against)
    print(f"gradients: {quality(by_gradients)}", flush=True)
    for budget in given.budget or [600, 100]:
        settings = px.explainers.QuerySettings(budget=budget)
        found, questions = px.explainers.solve_by_questions(run.recommender, data, asked.pairs, asked.against, settings)
        median, mean = np.median(questions), questions.mean()
        print(f"scores, at most {budget} questions: {quality(found)}; questions: median {median:.0f}, mean {mean:.0f}", flush=True)


if __name__ == "__main__":
    main()
