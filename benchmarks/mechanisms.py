"""Figure 4 of the paper, measured: on one model, do attention, adversarial and counterfactual perturbation say different things?

    python -m benchmarks.mechanisms DATASET [--model nar --model cnr] [--seed 0] [--set dim=64] [--pairs 900]

Each model is explained by every mechanism that it offers what it needs, beside the attributions: the first three items of users,
each against the next. Printed: what is left of the lead after 1, 2, ... features (deletion curve), agreement with held-out words,
and between every two the mean rank correlation (Spearman) over the features that the user has, with the share of pairs that put the
same feature first, and the difference of deletion. Two are told apart where the interval of their correlation ends below SAME, or
where their deletion differs by NOTABLE or more and beyond chance.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

import pyexplain as px
from pyexplain.data.sparse import SparseRows
from pyexplain.data.types import Dataset
from pyexplain.evaluation.evaluate import Plan, measure_explanations
from pyexplain.evaluation.questions import Questions, make_questions
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.evaluation.statistics import bootstrap_columns, holm, randomisation_test
from pyexplain.explainers import Explanations
from pyexplain.metrics import Evaluation, MetricInput, find_curves
from pyexplain.registry import load_registry
from pyexplain.reproduce.paper import read_setup

from .search import settings

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
BESIDE = ("gradient-input", "integrated-gradients")
STEPS = (1, 2, 3, 5, 10)
SAME = 0.9  # of rank correlation
NOTABLE, SURE = 0.02, 0.05  # difference of deletion; p
LEAST = 3  # features of a user whose order is compared


class Told(NamedTuple):
    """What one mechanism says of a model: explanations of the pairs, its mean deletion curve, deletion and agreement; and the best
    deletion that any order of features has for pairs of this model."""

    found: Explanations
    curve: list[float]
    deletion: Evaluation
    agreement: Evaluation
    best: Evaluation


def mechanisms(model: str) -> dict[str, tuple[str, dict[str, object]]]:
    """label -> explainer and its settings, of those that work on this model: ours, the paper's phi, and the attributions."""
    registry = load_registry()
    offers, out = registry.get("recommender", model).offers, dict[str, tuple[str, dict[str, object]]]()
    for method in read_setup().explained:
        if registry.get("explainer", method.name).needs <= offers:
            out[method.label] = (method.name, {})
            out[f"{method.label} (phi)"] = (method.name, dict(method.phi))
    return out | {name: (name, {}) for name in BESIDE}


def told(run: px.Run, label: str, name: str, keys: dict[str, object], asked: Questions) -> Told:
    """Ask one of them."""
    explainer, registry = run.explainer(name, keys), load_registry()
    by_text = Plan((registry.get("metric", "agreement-ndcg")(),))
    by_model = Plan((registry.get("metric", "deletion")(), registry.get("metric", "deletion-best")()))
    scores = BatchScorer(run.recommender, run.data.n_features)
    found = explainer.explain(asked.top.pairs, asked.top.against)
    given = MetricInput(run.data, explanations=found, scores=scores)
    curves = find_curves(given)
    held = MetricInput(run.data, explanations=explainer.explain(asked.heldout.pairs, asked.heldout.against))
    [deletion, best], [agreement] = measure_explanations(given, by_model, label), measure_explanations(held, by_text, label)
    mean = curves.mean(curves.deletion)
    return Told(found, [float(mean[step - 1]) for step in STEPS], deletion, agreement, best)


def ranks(weights: SparseRows, profile: SparseRows) -> Float:
    """Average ranks [nnz] of the profile's cells among their row, by weight; what is not named is 0."""
    cells = profile.row_indices() * profile.n_columns + profile.indices
    known = weights.row_indices() * weights.n_columns + weights.indices
    place = np.minimum(np.searchsorted(known, cells), max(0, len(known) - 1))
    there = known[place] == cells if len(known) else np.zeros(len(cells), dtype=bool)
    values = np.where(there, weights.values[place] if len(known) else 0.0, 0.0)
    return np.asarray(pd.Series(values).groupby(profile.row_indices()).rank(), dtype=np.float64)


def correlations(one: Explanations, two: Explanations, data: Dataset) -> tuple[Int, Float]:
    """users [n] and Spearman's correlation [n] of the pairs whose user has LEAST features or more; 0 where one side is constant."""
    profile = data.user_features.select(one.users)
    able = np.flatnonzero(np.diff(profile.offsets) >= LEAST)
    profile, row = profile.select(able), profile.select(able).row_indices()
    centred = []
    for found in (one, two):
        rank = ranks(found.weights.select(able), profile)
        centred.append(rank - (np.bincount(row, rank) / np.bincount(row))[row])
    product, first, second = (np.bincount(row, a * b) for a, b in ((centred[0], centred[1]), *((c, c) for c in centred)))
    length = np.sqrt(first * second)
    return one.users[able], np.where(length > 0, product / np.maximum(length, 1e-12), 0.0)


def same_first(one: Explanations, two: Explanations) -> float:
    """Share of pairs that both name something for, and the same feature first."""
    first, second = one.top(1)[:, 0], two.top(1)[:, 0]
    return float(np.mean((first == second) & (first >= 0)))


def compared(found: dict[str, Told], data: Dataset) -> Iterator[str]:
    """A row for every two."""
    pairs = list(combinations(found, 2))
    p = holm([randomisation_test(found[a].deletion, found[b].deletion) for a, b in pairs])
    for (a, b), chance in zip(pairs, p, strict=True):
        users, rho = correlations(found[a].found, found[b].found, data)
        interval = bootstrap_columns(users, rho[:, None], 0)[0] if len(users) else None  # None: nobody has LEAST features
        difference = found[a].deletion.value - found[b].deletion.value
        apart = (interval is not None and interval.high < SAME) or (chance < SURE and abs(difference) >= NOTABLE)
        cells = [
            f"{a} and {b}",
            "–" if interval is None else f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]",
            f"{same_first(found[a].found, found[b].found):.0%}",
            f"{difference:+.3f}",
            f"{chance:.4f}",
            "yes" if apart else "**no**",
        ]
        yield f"| {' | '.join(cells)} |"


def page(run: px.Run, pairs: int) -> Iterator[str]:
    """Both tables of a model."""
    asked = make_questions(run.recommender, run.data, px.explainers.choose_against, 0, pairs)
    found = {label: told(run, label, name, keys, asked) for label, (name, keys) in mechanisms(run.recommender.name).items()}
    sizes = f"{len(asked.top.pairs)} pairs, {len(asked.heldout.pairs)} held-out ones"
    yield f"\n{run.data.name}, model {run.recommender.name}: {sizes}\n"
    yield f"| | {' | '.join(f'left after {step}' for step in STEPS)} | deletion | agreement ndcg@10 |"
    yield "|---|" + "---|" * (len(STEPS) + 2)
    for label, one in found.items():
        numbers = [*one.curve, one.deletion.value, one.agreement.value]
        yield f"| {label} | {' | '.join(f'{value:.3f}' for value in numbers)} |"
    best = next(iter(found.values())).best
    yield f"| *the best found, {len(best.values)} pairs* | {'– | ' * len(STEPS)}{best.value:.3f} | – |"
    yield "\n| | rank correlation | same first | difference of deletion | p (Holm) | told apart |\n|---|---|---|---|---|---|"
    yield from compared(found, run.data)


def main() -> None:
    """Print both tables of each model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mechanisms", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--model", action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=900)
    parser.add_argument("--set", type=settings, action="append", default=[])
    given = parser.parse_args()
    torch.set_num_threads(1)
    keys: dict[str, object] = {key: value for part in given.set for key, value in part.items()}
    data = px.load_dataset(given.dataset)
    for model in given.model or ["nar", "car", "cnr"]:
        run = px.train(data, explainer=model, options=px.RunOptions(seed=given.seed), settings=keys)
        for line in page(run, given.pairs):
            print(line, flush=True)


if __name__ == "__main__":
    main()
