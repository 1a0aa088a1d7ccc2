"""The tables of docs/results/systems.md: the systems of the field, ranking, explaining, and under changes of items' features.

    python -m benchmarks.systems DATASET [--methods amcf,a2cf,kgat,cfgan:integrated-gradients,...] [--seeds 3] [--pairs 300]
                                          [--runs FOLDER]
    python -m benchmarks.systems DATASET --attack [--seeds 3]

METHOD, or METHOD:EXPLAINER for another one than its own. Of each: NDCG@10 on held-out pairs, and of what explains agreement with
held-out words (of pairs and of users), deletion and the least that any order found leaves (its floor), means over seeds; beside
each figure but the floor the best control, and the difference to it with a 95 % interval over users or pairs, positive where the
method is better.
--attack: NDCG@10 of `amr` with and without its adversarial part, as it is and with the features f_i of all candidates moved along
the gradient against the user's order, or as far in a drawn direction.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.measuring import report_of
from pyexplain.present.evaluation import figures_of
from pyexplain.recommenders.options import RunOptions

from .search import trained_or_kept

METHODS = "amcf,a2cf,kgat,nrpa,npa,vecf,saers,nete,cfgan:integrated-gradients,amr,irgan,pure"
FIGURES = (
    ("ranking", "ndcg@10", "higher"),
    ("agreement", "ndcg@10", "higher"),
    ("user_agreement", "ndcg@10", "higher"),
    ("faithfulness", "deletion", "lower"),
)
FLOOR = ("faithfulness", "deletion-best")  # the least deletion that any order found leaves; no control has another
MEASURED = ("agreement-ndcg", "deletion", "deletion-best")  # all that a row shows beside the ranking
LENGTHS = (0.1, 0.3, 1.0, 3.0)  # of the changes of f_i, in units of features


def explained(data: Dataset, method: str, seeds: int, pairs: int, folder: Path | None) -> dict[str, Any]:
    """What evaluate says of a run a seed."""
    name, _, explainer = method.partition(":")
    runs = [trained_or_kept(data, name, seed, {}, folder) for seed in range(seeds)]
    found = report_of(runs, explainer=explainer or None, attributions=False, metrics=MEASURED, explanations=True, max_pairs=pairs)
    return found.to_dict()


def row(label: str, document: dict[str, Any]) -> str:
    """A line of the table: of each figure mean and deviation over seeds, and the difference to the best control."""
    runs, cells = document["runs"], []
    for group, key, better in FIGURES:
        own = [value for run in runs if (value := figures_of(run, group).get(key)) is not None]
        if not own:
            cells.append("")
            continue
        cells.append(f"{spread(own)} ({beside(document, group, key, better)})")
    floors = [value for run in runs if (value := figures_of(run, FLOOR[0]).get(FLOOR[1])) is not None]
    cells.append(spread(floors) if floors else "")
    return f"| `{label}` | " + " | ".join(cells) + " |"


def spread(values: list[float]) -> str:
    """Mean and deviation over seeds."""
    deviation = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{deviation}"


def beside(document: dict[str, Any], group: str, key: str, better: str) -> str:
    """The best control and its value, then what the method has more with its 95 % interval: of each user's or pair's mean over the
    seeds where these judge the same, else how many seeds are clear of zero alone."""
    runs = document["runs"]
    controls = {
        name: statistics.mean(figures_of(run["controls"][name], group)[key] for run in runs)
        for name, figures in runs[0]["controls"].items()
        if figures_of(figures, group).get(key) is not None
    }
    best = (max if better == "higher" else min)(controls, key=lambda name: controls[name])
    said = f"{best} {controls[best]:.3f}"
    alone = [gain for run in runs if (gain := run["lift"].get(group, {}).get(key))]
    if len(runs) == 1 and alone:
        return f"{said}; {interval(alone[0])}"
    over = document["over_seeds"].get(runs[0]["method"], {}).get(group, {}).get(key, {}).get("lift")
    if over:
        return f"{said}; {interval(over)}"
    return f"{said}; {sum(gain['beats'] for gain in alone)} of {len(alone)} seeds better beyond chance" if alone else said


def interval(gain: dict[str, Any]) -> str:
    """A difference and its interval."""
    return f"{gain['difference']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"


def attacked(data: Dataset, weight: float, seed: int) -> list[float]:
    """NDCG@10 on the test candidates of `amr` as it is, with f_i moved against each user's order by each of LENGTHS, and by the
    last of them in drawn directions."""
    run = px.train(data, baseline="amr", options=RunOptions(seed=seed, threads=1), adversarial_weight=weight)
    lists, rng, totals = run.data.test_candidates, np.random.default_rng([seed, 41]), np.zeros(len(LENGTHS) + 2)
    for user, items, relevant in zip(lists.users, lists.items, lists.relevant, strict=True):
        there = items >= 0
        items, good = torch.from_numpy(items[there].copy()), relevant[there]
        users = torch.full((len(items),), int(user))
        f_i = torch.from_numpy(run.data.item_features.select(items.numpy()).dense()).requires_grad_()
        with torch.enable_grad():
            scores = run.recommender.model.scores(users, items, None, f_i)
            (slope,) = torch.autograd.grad(scores.sum(), f_i)
        against = of_length_one(slope) * torch.where(torch.from_numpy(good), -1.0, 1.0)[:, None]
        drawn = of_length_one(torch.from_numpy(rng.normal(size=f_i.shape).astype(np.float32)))
        steps = [0.0 * against, *(length * against for length in LENGTHS), LENGTHS[-1] * drawn]
        for number, step in enumerate(steps):
            with torch.no_grad():
                moved = run.recommender.model.scores(users, items, None, f_i.detach() + step).numpy()
            totals[number] += ndcg(moved, good)
    return [float(total) / max(1, len(lists.users)) for total in totals]


def of_length_one(rows: torch.Tensor) -> torch.Tensor:
    """Each row over its length; rows of zeros stay."""
    lengths: torch.Tensor = rows.norm(dim=1, keepdim=True)
    return rows / lengths.clamp_min(1e-30)


def ndcg(scores: np.ndarray, relevant: np.ndarray, k: int = 10) -> float:
    """NDCG@k of a list; ties count against what is relevant."""
    order = np.lexsort((relevant, -scores))[:k]
    gains = relevant[order] / np.log2(np.arange(2, len(order) + 2))
    best = (1 / np.log2(np.arange(2, min(k, int(relevant.sum())) + 2))).sum()
    return float(gains.sum() / best) if best else 0.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.systems", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--runs", type=Path, help="trained models are kept there, and found there again")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = px.load_dataset(given.dataset)
    print(f"{data.name} (fingerprint `{data.fingerprint}`), {given.seeds} seeds\n")
    if given.attack:
        moved = " | ".join(f"moved {length:g}" for length in LENGTHS)
        print(
            f"| `amr`, adversarial_weight | ndcg@10 | {moved} | {LENGTHS[-1]:g} at random |\n|---|---|"
            + "---|" * (len(LENGTHS) + 1)
        )
        for weight in (0.0, 1.0):
            figures = zip(*(attacked(data, weight, seed) for seed in range(given.seeds)), strict=True)
            print(f"| {weight:g} | " + " | ".join(f"{statistics.mean(column):.3f}" for column in figures) + " |", flush=True)
        return
    print("| | ndcg@10 | agreement of pairs, ndcg@10 | of users | deletion | its floor |\n|---|---|---|---|---|---|")
    for method in given.methods.split(","):
        print(row(method, explained(data, method, given.seeds, given.pairs, given.runs)), flush=True)


if __name__ == "__main__":
    main()
