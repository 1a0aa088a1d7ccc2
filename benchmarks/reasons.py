"""What `hybrid` says of its lists, the table of docs/results/hybrid.md: how well it carries the lead, of what, and what is proved.

    python -m benchmarks.reasons DATASET... [--seed 0] [--pairs 300] [--set KEY=VALUE,...] [--truth REVIEWS]

A row a data set, of one trained model. Deletion of its own explainer, the least of all others that fit and learn nothing, and how
much less the best order there is has, as far as it was found (deletion-gap, on 200 of the pairs); the share of the lead that each
kind of features carries; how far contributions and lead are apart at most, of 10,000 pairs; and of users with up to 15 liked items
the share of pairs whose smallest set that takes the item out of the first five is proved: a set of liked items, and one of features
of all kinds. --truth: the folder of the built-in data; then also the share of a user's three most important words that it was
planted to care for, beside `popularity`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import pyexplain as px
from pyexplain.data.demo import read_truth
from pyexplain.data.kinds import HISTORY, WORD
from pyexplain.evaluation.evaluate import Plan, measure_explanations
from pyexplain.evaluation.questions import make_questions
from pyexplain.evaluation.scoring import BatchScorer
from pyexplain.explainers import Explanations, smallest_removals
from pyexplain.margin import contributions
from pyexplain.metrics import MetricInput
from pyexplain.recommenders.options import RunOptions
from pyexplain.registry import load_registry

from .search import Settings, settings

METHOD, FIRST, SHORT, MANY, WORDS = "hybrid", 5, 15, 10_000, 3
METRICS = ("deletion", "deletion-gap", "lead-word", "lead-attribute", "lead-history")  # by name; their keys have _ for -


def faithful(run: px.Run, most: int) -> dict[str, float | None]:
    """METRICS of its own explainer, and the least deletion of the others that fit and learn nothing, on the first three items of
    users against the next."""
    registry = load_registry(strict=True)
    sample = make_questions(run.recommender, run.data, px.explainers.choose_against, 0, most).top
    out: dict[str, float | None] = {}
    for name, cls in registry.classes("explainer").items():
        if not cls.needs <= run.recommender.offers or cls.control or cls().learns:
            continue
        found = run.explainer(name).explain(sample.pairs, sample.against)
        given = MetricInput(run.data, explanations=found, scores=BatchScorer(run.recommender, run.data.n_features))
        chosen = METRICS if name == METHOD else METRICS[:1]
        plan = Plan(tuple(registry.get("metric", metric)() for metric in chosen))
        values = {one.metric.replace("_", "-"): one.number for one in measure_explanations(given, plan, name)}
        if name == METHOD:
            out |= values
        elif values["deletion"] is not None:
            out["others"] = min(values["deletion"], out.get("others") or 1.0)
    return out


def apart(run: px.Run) -> float:
    """The largest distance between contributions, with the lead without features, and the lead by the model's scores."""
    rng, data = np.random.default_rng(0), run.data
    users, items, others = (rng.integers(0, n, MANY) for n in (data.n_users, data.n_items, data.n_items))
    found = contributions(run.recommender, data, np.stack([users, items], axis=1), others)
    with torch.no_grad():
        numbers = [torch.from_numpy(n) for n in (users, items, others)]
        one, two = (run.recommender.scores(numbers[0], which).double().numpy() for which in numbers[1:])
    added = np.bincount(found.values.row_indices(), found.values.values, MANY) + found.nothing
    return float(np.abs(added - (one - two)).max())


def proved(run: px.Run, most: int, allowed: np.ndarray | None) -> tuple[float, int]:
    """Of drawn users with at most SHORT liked items, the first FIRST items of each: the share that is proved, and of how many."""
    data = run.data
    lengths = np.bincount(data.train[:, 0], minlength=data.n_users)
    able = np.flatnonzero((lengths > 0) & (lengths <= SHORT))
    users = np.sort(np.random.default_rng(0).permutation(able)[: most // FIRST])
    if not len(users):
        return float("nan"), 0
    items = run.order.best(users, FIRST)[0]
    pairs = np.stack([np.repeat(users, items.shape[1]), items.ravel()], axis=1)
    pairs = pairs[pairs[:, 1] >= 0]
    found = smallest_removals(run.recommender, data, pairs, FIRST, order=run.order, allowed=allowed)
    return float(found.proved.mean()), len(pairs)


def planted(run: px.Run, folder: Path) -> tuple[float, float]:
    """The share of a user's WORDS most important words that it was planted to care for: of its own explainer, of `popularity`."""
    data, truth = run.data, read_truth(folder)
    words = data.features.are(WORD)

    def share(found: Explanations) -> float:
        kept = found.weights.where(words[found.weights.indices])
        named = Explanations(found.method, found.users, found.items, kept, found.feature_space).top(WORDS)
        cared = [[k >= 0 and data.features[k] in truth.cares[data.users[u]] for k in row] for u, row in enumerate(named.tolist())]
        return float(np.mean(cared))

    own, popular = (share(run.explainer(name).explain_users(np.arange(data.n_users))) for name in (METHOD, "popularity"))
    return own, popular


def row(path: Path, seed: int, most: int, keys: Settings, truth: Path | None) -> str:
    """Of one data set."""
    run = px.train(px.load_dataset(path), explainer=METHOD, options=RunOptions(seed=seed, threads=1), settings=keys)
    known = faithful(run, most)
    shares = [known.get(name) for name in METRICS[2:]]
    history = run.data.features.are(HISTORY)
    sets = [proved(run, most * FIRST, allowed) for allowed in (history, None)]
    cells = [*(f"{known[name]:.3f}" for name in ("deletion", "others", "deletion-gap"))]
    cells += ["–" if share is None else f"{share:.2f}" for share in shares]
    cells += [f"{apart(run):.0e}", *(f"{share:.3f} of {count:,}" for share, count in sets)]
    if truth is not None:
        cells[-1] += " | {:.3f} / {:.3f}".format(*planted(run, truth))
    return f"| {path.name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reasons", description=__doc__)
    parser.add_argument("dataset", type=Path, nargs="+")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--set", type=settings, default={})
    parser.add_argument("--truth", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    names = [
        "deletion",
        "least of the others",
        "best found",
        "lead: words",
        "attributes",
        "history",
        "apart",
        "proved, liked items",
    ]
    names += ["proved, all features", *(["planted / popularity"] if given.truth else [])]
    print(f"| | {' | '.join(names)} |\n|{'---|' * (1 + len(names))}", flush=True)
    for path in given.dataset:
        print(row(path, given.seed, given.pairs, given.set, given.truth), flush=True)


if __name__ == "__main__":
    main()
