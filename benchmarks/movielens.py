"""Precision at 5 on the first of the five splits that come with MovieLens 100K, where others publish figures of adversarial games.

    python -m benchmarks.movielens ML-100K.inter[.gz] [--methods cfgan,irgan,...] [--seeds 3] [--set KEY=VALUE]

The file has the order of the published u.data, so its first 20,000 lines are u1.test, and the others u1.base. Whatever was rated is
liked. The catalogue is ranked whole, but for what the user rated in u1.base; the mean is over the 459 users of u1.test. The epoch
that is kept is chosen on a tenth of u1.base.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.recommenders.options import RunOptions

Int = npt.NDArray[np.int64]
METHODS = "cfgan,irgan,pure,bpr-mf,mult-vae,hybrid"
TEST, FIRST = 20_000, 5  # lines of u1.test, places of a list


def first_split(file: Path) -> Dataset:
    """u1.base as training and validation pairs, u1.test as test pairs."""
    table = pd.read_csv(file, sep="\t", dtype=str)
    table.columns = [name.partition(":")[0].removesuffix("_id") for name in table.columns]
    part = np.random.default_rng(0).random(len(table))
    table["split"] = np.where(np.arange(len(table)) < TEST, "test", np.where(part < 0.1, "valid", "train"))
    return px.prepare(table[["user", "item", "rating", "split"]], name="ml100k-u1", split="given", min_rating=1)


Best = Callable[[Int, int], Int]


def precision(run: px.Run) -> float:
    """Of a trained run; see precision_of."""
    return precision_of(run.data, lambda users, k: run.order.best(users, k)[0])


def popularity(data: Dataset) -> float:
    """The same of the items that most people took, but for those that a user took."""
    taken = np.zeros((data.n_users, data.n_items), dtype=bool)
    taken[data.train[:, 0], data.train[:, 1]] = True
    counts = taken.sum(axis=0)
    return precision_of(data, lambda users, k: np.argsort(-np.where(taken[users], -1, counts), axis=1, kind="stable")[:, :k])


def precision_of(data: Dataset, best: Best) -> float:
    """Mean over users with test pairs of the share of the first places that are among them. best(users, k): the first k items of
    each [n, k], none of which they took in training."""
    users, found = np.unique(data.test[:, 0]), list[float]()
    known: dict[int, set[int]] = {int(user): set() for user in users}
    wanted: dict[int, set[int]] = {int(user): set() for user in users}
    for into, pairs in ((known, data.valid), (wanted, data.test)):
        for user, item in pairs.tolist():
            into.get(user, set()).add(item)
    room = FIRST + max(map(len, known.values()))
    shown = best(users, room)
    for user, items in zip(users.tolist(), shown.tolist(), strict=True):
        first = [item for item in items if item not in known[user]][:FIRST]
        found.append(sum(item in wanted[user] for item in first) / FIRST)
    return statistics.mean(found)


def main() -> None:
    """A line a method: mean and deviation over seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of every method; numbers")
    given = parser.parse_args()
    data = first_split(given.file)
    settings = {name: float(value) if "." in value else int(value) for name, _, value in (one.partition("=") for one in given.set)}
    print(data)
    print(f"popularity: precision at {FIRST} {popularity(data):.3f}", flush=True)
    for method in given.methods.split(","):
        options = [RunOptions(seed=seed) for seed in range(given.seeds)]
        runs = [px.train(data, baseline=method, settings=settings, options=option) for option in options]
        found = [precision(run) for run in runs]
        spread = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
        print(f"{method}: precision at {FIRST} {statistics.mean(found):.3f}{spread}", flush=True)


if __name__ == "__main__":
    main()
