"""What a feature of cnr, car and nar may weigh, compared without the test part: how the default of `weights` was chosen.

    python -m benchmarks.weights DATASET... [--seeds 3] [--set dim=64]

Of each data set the training part alone is taken and split anew, 4 : 1; the held-out fifth of it stands for the test part. Each
method is trained on the rest, and its explainer is asked with every value of `weights`, beside the attributions on the same model.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import pandas as pd
import torch

import pyexplain as px
from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.types import Dataset
from pyexplain.evaluation.evaluate import Controls, Plan, Subject, evaluate
from pyexplain.explainers.foil import choose_against
from pyexplain.registry import load_registry

from .search import settings

MEASURES = {
    "cnr": ("delta", "abs-delta", "flip-share"),
    "car": ("delta", "abs-delta", "taken"),
    "nar": ("alpha", "beta", "product"),
}
BESIDE = ("gradient-input", "integrated-gradients")
METRICS = ("agreement-f1", "agreement-ndcg", "deletion", "deletion-1", "insertion")
COLUMNS = (
    ("agreement", "f1@10"),
    ("agreement", "ndcg@10"),
    ("user_agreement", "f1@10"),
    ("user_agreement", "ndcg@10"),
    ("faithfulness", "deletion"),
    ("fidelity", "deletion@1"),
    ("faithfulness", "insertion"),
)
LIKED, NOT_LIKED = 5.0, 1.0


def training_part(data: Dataset, seed: int) -> Dataset:
    """A data set of the training pairs and their mentions alone, split anew."""
    told = data.evidence.assign(
        user=[data.users[u] for u in data.evidence["user"]],
        item=[data.items[i] for i in data.evidence["item"]],
        feature=[data.features[f] for f in data.evidence["feature"]],
    )
    liked = pd.DataFrame({"user": [data.users[u] for u in data.train[:, 0]], "item": [data.items[i] for i in data.train[:, 1]]})
    pairs = pd.concat([liked.assign(rating=LIKED), told[["user", "item"]].assign(rating=NOT_LIKED)], ignore_index=True)
    pairs = pairs.drop_duplicates(["user", "item"]).assign(time=0)
    pairs["part"] = assign_parts(pairs, "random", seed, data.settings.min_rating).to_numpy()
    return build_dataset(f"training part of {data.name}", pairs, told, data.protocol, data.settings)


def subjects(data: Dataset, method: str, seed: int, keys: dict[str, object]) -> list[Subject]:
    """One trained model, explained with each measure, and by the attributions."""
    run = px.train(data, explainer=method, options=px.RunOptions(seed=seed), settings=keys)
    asked = [(f"{method} {value}", run.explainer(method, {"weights": value})) for value in MEASURES[method]]
    asked += [(f"{name} on {method}", run.explainer(name)) for name in BESIDE]
    return [Subject(f"{label} {seed}", label, seed, run.recommender, explainer) for label, explainer in asked]


def rows(data: Dataset, method: str, seeds: int, keys: dict[str, object]) -> dict[str, list[dict[tuple[str, str], float]]]:
    """label -> figures, one dictionary a seed."""
    registry = load_registry(strict=True)
    plan = Plan(tuple(registry.get("metric", name)() for name in METRICS), explanations=True)
    out: dict[str, list[dict[tuple[str, str], float]]] = {}
    for seed in range(seeds):
        inner = training_part(data, seed)
        found = evaluate(subjects(inner, method, seed, keys), inner, plan, Controls(), choose_against)
        for run in found.runs:
            out.setdefault(run.method, []).append({(e.group, e.metric): e.value for e in run.explanations})
    return out


def main() -> None:
    """A Markdown table a data set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.weights", description=__doc__)
    parser.add_argument("dataset", type=Path, nargs="+")
    parser.add_argument("--method", action="append", choices=list(MEASURES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", type=settings, action="append", default=[])
    given = parser.parse_args()
    torch.set_num_threads(1)
    keys: dict[str, object] = {key: value for part in given.set for key, value in part.items()}
    for path in given.dataset:
        data = px.load_dataset(path)
        print(
            f"\n| {data.name} | {' | '.join(' '.join(column) for column in COLUMNS)} |\n|{'---|' * (1 + len(COLUMNS))}", flush=True
        )
        for method in given.method or MEASURES:
            for label, figures in rows(data, method, given.seeds, keys).items():
                cells = [[f[column] for f in figures if column in f] for column in COLUMNS]
                print(f"| {label} | {' | '.join(f'{statistics.mean(c):.3f}' if c else '–' for c in cells)} |", flush=True)


if __name__ == "__main__":
    main()
