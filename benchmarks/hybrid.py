"""The table of docs/results/hybrid.md: `hybrid` beside other recommenders on held-out pairs, test once, as Markdown.

    python -m benchmarks.hybrid DATASET [--methods hybrid,ease,ncf,vbpr,car,cnr] [--seeds 3] [--without word] [--choose [METHODS]]
                                       [--runs FOLDER]

NDCG@10 of each method (mean and deviation over seeds), and hybrid's difference to it with a 95 % interval over users, of the mean
over seeds. --without KIND: also hybrid without the features of that kind. --choose: of the methods (all, or those named) not the
defaults, but of TRIED the settings with the best validation NDCG@10 at seed 0, on this data set. Popularity is the control
`item-popularity`. --runs FOLDER: trained models are kept there, and found there again.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import torch

import pyexplain as px
from pyexplain.data.kind_views import usual_kinds
from pyexplain.recommenders.options import RunOptions
from pyexplain.recommenders.validation import ndcg_of_lists

from .search import Settings, trained_as, trained_or_kept

FIRST = "hybrid"
# Beside its defaults, what a method is tried with on the validation part of a data set.
TRIED: dict[str, list[Settings]] = {
    "hybrid": [{"patience": 30, "epochs": 150}],
    "ease": [{"l2": l2, "popularity": popularity} for l2 in (10, 30, 100, 300, 1000) for popularity in (0, 0.01, 0.1)],
    "ncf": [{"patience": 30}],
    "fism": [{"loss": "bpr"}],
    "lightgcn": [{"learning_rate": 5e-3, "weight_decay": 0.0}],
    "mult-vae": [{"dropout": 0.5}],
    "fm": [{"learning_rate": 5e-3}],
    "deepfm": [{"learning_rate": 5e-3}],
}


def best_settings(data: px.Dataset, method: str) -> Settings:
    """Of TRIED, and the defaults, by NDCG@10 on the validation part at seed 0."""
    found: list[tuple[float, Settings]] = []
    for keys in [{}, *TRIED.get(method, ())]:
        run = px.train(data, *trained_as(method), options=RunOptions(threads=1), settings=keys)
        value = ndcg_of_lists(run.recommender.scores, run.data.valid_candidates, run.recommender.device)
        found.append((value or 0.0, keys))
        print(f"<!-- validation: {method} {keys or 'defaults'}: {value:.4f} -->", flush=True)
    return max(found, key=lambda one: one[0])[1]


def trained(
    data: px.Dataset, methods: list[str], seeds: int, without: list[str], choose: list[str], folder: Path | None
) -> list[px.Run]:
    """A run a method and seed, ranking alone; those of hybrid without a kind of features behind those with it."""
    options = [RunOptions(seed=seed, threads=1) for seed in range(seeds)]
    keys = {m: best_settings(data, m) if m in choose and m in TRIED else {} for m in methods}
    runs = [trained_or_kept(data, m, one.seed, keys[m], folder) for m in methods for one in options]
    kinds = usual_kinds(data.kinds, runs[0].recommender.kinds)
    for left in without:
        chosen = [kind for kind in kinds if kind != left]
        runs += [px.train(data, baseline=FIRST, options=one, kinds=chosen) for one in options]
    return runs


def table(runs: list[px.Run]) -> list[str]:
    """A row a method."""
    document = px.evaluate(*runs).to_dict()
    values: dict[str, list[float]] = {}
    for run in document["runs"]:
        values.setdefault(run["method"], []).append(run["ranking"]["ndcg@10"])
    values["item-popularity"] = [document["runs"][0]["controls"]["item-popularity"]["ranking"]["ndcg@10"]]
    known = [
        c
        for c in document["comparisons"]
        if (c["group"], c["metric"]) == ("ranking", "ndcg@10") and FIRST in (c["first"], c["second"])
    ]
    differences = {}
    for one in known:
        sign = 1 if one["first"] == FIRST else -1
        low, high = sorted((sign * one["low"], sign * one["high"]))
        differences[one["second"] if sign > 0 else one["first"]] = f"{sign * one['difference']:+.4f} [{low:+.4f}, {high:+.4f}]"
    lift = document["over_seeds"].get(FIRST, {}).get("ranking", {}).get("ndcg@10", {}).get("lift")
    if lift and lift["control"] == "item-popularity":
        differences["item-popularity"] = f"{lift['difference']:+.4f} [{lift['low']:+.4f}, {lift['high']:+.4f}]"
    lines = ["| | ndcg@10 | hybrid less it |", "|---|---|---|"]
    for name, found in sorted(values.items(), key=lambda one: -statistics.mean(one[1])):
        deviation = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
        lines.append(f"| {name} | {statistics.mean(found):.4f}{deviation} | {differences.get(name, '')} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hybrid", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--methods", default="hybrid,ease,ncf,vbpr,car,cnr")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--choose", nargs="?", const=",".join(TRIED), default="")
    parser.add_argument("--runs", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = px.load_dataset(given.dataset)
    runs = trained(data, given.methods.split(","), given.seeds, given.without, given.choose.split(","), given.runs)
    print(f"{data.name} (fingerprint `{data.fingerprint}`), {len(data.test):,} test pairs, {given.seeds} seeds\n")
    print("\n".join(table(runs)), flush=True)


if __name__ == "__main__":
    main()
