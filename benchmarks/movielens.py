"""Precision at 5 on the first of the five splits that come with MovieLens 100K, where others publish figures of adversarial games.

    python -m benchmarks.movielens ML-100K.inter[.gz] [--methods cfgan,irgan,...] [--seeds 3] [--set KEY=VALUE]

The file has the order of the published u.data, so its first 20,000 lines are u1.test, and the others u1.base. Whatever was rated is
liked. The catalogue is ranked whole, but for what the user rated in u1.base; the mean is over the 459 users of u1.test. The epoch
that is kept is chosen on a tenth of u1.base.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import numpy as np
import pandas as pd

import pyexplain as px
from pyexplain.data.types import Dataset
from pyexplain.recommenders.options import RunOptions

METHODS = "cfgan,irgan,pure,bpr-mf,mult-vae,hybrid"
TEST, FIRST = 20_000, 5  # lines of u1.test, places of a list


def first_split(file: Path) -> Dataset:
    """u1.base as training and validation pairs, u1.test as test pairs."""
    table = pd.read_csv(file, sep="\t", dtype=str)
    table.columns = [name.partition(":")[0].removesuffix("_id") for name in table.columns]
    part = np.random.default_rng(0).random(len(table))
    table["split"] = np.where(np.arange(len(table)) < TEST, "test", np.where(part < 0.1, "valid", "train"))
    return px.prepare(table[["user", "item", "rating", "split"]], name="ml100k-u1", split="given", min_rating=1)


def precision(run: px.Run) -> float:
    """Mean over users with test pairs of the share of the first places that are among them."""
    data, found = run.data, list[float]()
    users = np.unique(data.test[:, 0])
    known = {int(user): set() for user in users}
    wanted = {int(user): set() for user in users}
    for into, pairs in ((known, data.valid), (wanted, data.test)):
        for user, item in pairs.tolist():
            into.get(user, set()).add(item)
    room = FIRST + max(map(len, known.values()))
    shown = run.order.best(users, room)[0]
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
    for method in given.methods.split(","):
        options = [RunOptions(seed=seed) for seed in range(given.seeds)]
        runs = [px.train(data, baseline=method, settings=settings, options=option) for option in options]
        found = [precision(run) for run in runs]
        spread = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
        print(f"{method}: precision at {FIRST} {statistics.mean(found):.3f}{spread}", flush=True)


if __name__ == "__main__":
    main()
