"""Settings of methods beside VBPR: ranking, what of it is kept under attack, counterfactuals. Of validation parts by default.

    python -m benchmarks.robustness --dataset demo --dataset raw --seeds 3 --try car --try car,radius=2 --try cnr,direction=swap

Each --try is a method and its settings; the first row is VBPR. `kept` is the share of NDCG@10 that is kept under the white-box
attack of docs/metrics.md, `recovered` that of what VBPR loses; `validity` and `size` (median) are of the smallest changes that turn
the first three items of 500 users against the next, from the solver of CNR for all alike; `own` epochs in which the method's own
term took part. Intervals are over users, of the mean over seeds less that of VBPR.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.evaluation.compare import mean_over_seeds
from pyexplain.evaluation.evaluate import Plan, evaluate_attacked, evaluate_ranking
from pyexplain.evaluation.questions import top_pairs
from pyexplain.evaluation.statistics import Interval, paired_difference
from pyexplain.explainers.foil import choose_against
from pyexplain.metrics.types import Evaluation
from pyexplain.recommenders.history import auxiliary_epochs
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry
from pyexplain.run import Run

from .search import Settings, settings

BASE = "vbpr"
EXPLAINED = 500  # users whose first items are turned
HEAD = ("ndcg@10", "less vbpr", "kept", "less vbpr", "recovered", "orders kept", "random kept", "validity", "size", "own", "s")


@dataclass(frozen=True, eq=False)
class Measured:
    """One trained model. clean, kept, orders, drawn: NDCG@10, and what is kept of it and of orders under attack, and at random."""

    clean: Evaluation
    kept: Evaluation
    orders: Evaluation
    drawn: Evaluation
    validity: float
    size: float
    own: int | None
    seconds: float


def measure(data: Dataset, method: str, keys: Settings, seed: int, part: str) -> Measured:
    """Train, attack, and turn first items around."""
    run = px.train(data, baseline=method, options=RunOptions(seed=seed), settings=keys)
    plan = Plan(tuple(cls() for cls in run.registry.classes("metric").values()), part=part, attack=True)
    figures = (*evaluate_ranking(run.recommender, data, plan), *evaluate_attacked(run.recommender, [], data, plan))
    found = {(e.group, e.metric): e for e in figures}
    seconds = sum(entry["seconds"] for entry in run.history) / max(1, len(run.history))
    validity, size = turned(run)
    return Measured(
        clean=found["ranking", "ndcg@10"],
        kept=found["ndcg_kept", "white-box@10"],
        orders=found["orders_kept", "white-box"],
        drawn=found["ndcg_kept", "random@10"],
        validity=validity,
        size=size,
        own=auxiliary_epochs(run.history),
        seconds=seconds,
    )


def turned(run: Run) -> tuple[float, float]:
    """Share of first items that the solver of CNR turns against the next, and the median number of features that it changes."""
    data = run.data
    users = np.sort(np.random.default_rng(0).permutation(data.n_users)[:EXPLAINED])
    pairs = top_pairs(run.recommender, data, users)
    found = run.explainer("cnr").explain(pairs, choose_against(run.recommender, data, pairs, 0)).counterfactual
    if found is None or found.valid is None:
        raise TypeError("the explainer cnr hands out no counterfactuals")
    sizes = found.sizes[found.valid]
    return float(found.valid.mean()), float(np.median(sizes)) if len(sizes) else float("nan")


def row(name: str, runs: Sequence[Measured], base: Sequence[Measured]) -> str:
    """A line of the table."""
    clean, before = (_mean([m.clean for m in some]) for some in (runs, base))
    kept, lost = (statistics.mean(m.kept.value for m in some) for some in (runs, base))
    ndcg, ndcg_before = clean.value, before.value
    recovered = (ndcg * kept - ndcg_before * lost) / (ndcg_before * (1 - lost))
    beside = runs is not base
    own = "–" if runs[0].own is None else "/".join(str(m.own) for m in runs)
    cells = [
        f"{short(ndcg)} ± {short(_spread([m.clean.value for m in runs]))}",
        said(paired_difference(clean, before)) if beside else "",
        f"{short(kept)} ± {short(_spread([m.kept.value for m in runs]))}",
        said(paired_difference(_mean([m.kept for m in runs]), _mean([m.kept for m in base]))) if beside else "",
        short(recovered) if beside else "",
        *(short(statistics.mean(m.__getattribute__(key).value for m in runs)) for key in ("orders", "drawn")),
        short(statistics.mean(m.validity for m in runs)),
        f"{statistics.mean(m.size for m in runs):.1f}",
        own,
        f"{statistics.mean(m.seconds for m in runs):.2f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def _mean(figures: Sequence[Evaluation]) -> Evaluation:
    return mean_over_seeds(figures)[0]


def _spread(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def said(difference: Interval) -> str:
    """A difference with its interval."""
    return f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"


def short(value: float) -> str:
    """Three decimals, without the zero before the point."""
    return f"{value:.3f}".replace("0.", ".", 1)


def tried(text: str) -> tuple[str, Settings]:
    """ "cnr,direction=maximize" as a method and its settings."""
    method, _, keys = text.partition(",")
    load_registry().get("recommender", method)
    return method, settings(keys)


def main() -> None:
    """A Markdown table a data set: a row a setting."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", type=Path, action="append", required=True, help="a prepared data set")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--part", choices=["valid", "test"], default="valid", help="test: once the settings are chosen")
    parser.add_argument("--set", type=settings, action="append", default=[], help="for all rows")
    parser.add_argument("--try", type=tried, action="append", default=[], dest="tried", metavar="METHOD[,KEY=VALUE...]")
    given = parser.parse_args()
    torch.set_num_threads(1)
    fixed: Settings = {key: value for part in given.set for key, value in part.items()}
    for path in given.dataset:
        data = px.load_dataset(path)
        print(f"\n| {path.name}, {given.part} | {' | '.join(HEAD)} |\n|{'---|' * (1 + len(HEAD))}", flush=True)
        base: list[Measured] = []
        for method, keys in [(BASE, {}), *given.tried]:
            runs = [measure(data, method, fixed | keys, seed, given.part) for seed in range(given.seeds)]
            base = base or runs
            named = ", ".join([method, *(f"{key} {value}" for key, value in keys.items())])
            print(row(named, runs, base), flush=True)


if __name__ == "__main__":
    main()
