"""The paper's Table 3 where it means something: explanations of users against the words of reviews that no model has seen.

    python -m benchmarks.table3 DATASET [--seeds 3] [--set dim=64]

DATASET is a prepared one (protocol heldout). NAR, CAR and CNR are trained with each seed and explain every user with a ground truth
as a whole: by our weights, by the paper's phi (its vector, sorted in descending order), and by the attributions on the same models.
Figures are means over seeds of each user's values, with 95 % intervals (bootstrap over users) and the difference to the best
control.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.evaluation.compare import mean_over_seeds
from pyexplain.evaluation.evaluate import Plan, measure_explanations
from pyexplain.evaluation.statistics import gains, intervals
from pyexplain.explainers import Explanations
from pyexplain.metrics import Evaluation, MetricInput
from pyexplain.metrics.truth import judgeable_users
from pyexplain.registry import load_registry
from pyexplain.reproduce.controls import fitted_controls
from pyexplain.reproduce.paper import PaperMethod, read_setup

from .search import settings

METRICS = ("agreement-f1", "agreement-ndcg")
BESIDE = ("gradient-input", "integrated-gradients")
Figures = dict[str, list[Evaluation]]


def asked(method: PaperMethod) -> dict[str, tuple[str, dict[str, object]]]:
    """label -> explainer and settings, all of them on the method's model."""
    ours = {f"{method.label}, ours": (method.name, {}), f"{method.label}, the paper's phi": (method.name, dict(method.phi))}
    return ours | {f"{name} on {method.label}": (name, {}) for name in BESIDE}


def measured(found: Explanations, data: Dataset, label: str) -> tuple[Evaluation, ...]:
    """F1 and NDCG of users' explanations."""
    registry = load_registry()
    plan = Plan(tuple(registry.get("metric", name)() for name in METRICS))
    return measure_explanations(MetricInput(data, explanations=found), plan, label, only_text=True)


def figures(data: Dataset, seeds: int, keys: dict[str, object]) -> tuple[Figures, Figures]:
    """Of methods and attributions, and of controls; a list of seeds' figures each."""
    ours: Figures = {}
    controls: Figures = {}
    users = judgeable_users(data)
    for seed in range(seeds):
        for method in read_setup().explained:
            run = px.train(data, explainer=method.name, options=px.RunOptions(seed=seed), settings=keys)
            for label, (name, chosen) in asked(method).items():
                found = run.explainer(name, chosen).explain_users(users)
                ours.setdefault(label, []).extend(measured(found, data, label))
        for control in fitted_controls(load_registry(), data, seed).explainers:
            controls.setdefault(control.name, []).extend(measured(control.explain_users(users), data, control.name))
    return ours, controls


def table(ours: Figures, controls: Figures) -> Iterator[str]:
    """A row each, mean over seeds."""
    best = [e for found in controls.values() for e in mean_over_seeds(found)]
    yield "| | f1@10 | ndcg@10 | ndcg@10 to the best control |\n|---|---|---|---|"
    for label, found in {**ours, **{f"*{name}*": found for name, found in controls.items()}}.items():
        averaged = mean_over_seeds(found)
        cells = {e.metric: f"{i.value:.3f} [{i.low:.3f}, {i.high:.3f}]" for e, i in intervals(averaged)}
        to_best = {e.metric: gain for e, gain in gains(averaged, best)} if label in ours else {}
        gain = to_best.get("ndcg@10")
        said = "" if gain is None else f"{gain.difference.value:+.3f} [{gain.difference.low:+.3f}, {gain.difference.high:+.3f}]"
        yield f"| {label} | {cells['f1@10']} | {cells['ndcg@10']} | {said} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table3", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", type=settings, action="append", default=[])
    given = parser.parse_args()
    torch.set_num_threads(1)
    keys: dict[str, object] = {key: value for part in given.set for key, value in part.items()}
    data = px.load_dataset(given.dataset)
    print(f"{data.name} (fingerprint `{data.fingerprint}`), protocol {data.protocol}, {given.seeds} seeds\n")
    for line in table(*figures(data, given.seeds, keys)):
        print(line)


if __name__ == "__main__":
    main()
