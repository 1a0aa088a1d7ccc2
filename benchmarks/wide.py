"""What a counterfactual costs when there are very many features: within the user's own ones, nothing.

    python -m benchmarks.wide [--repeats N] [--threads N] [--users N] [--hybrid [--liked N]]

Worlds that differ in the number of features alone: as many users, items and mentions a user, and an untrained network of eq. (5)
(training would not change what is multiplied). --hybrid: of `hybrid` and its explainer, untrained as well; the features are then
the items that users like, and the catalogue grows with them. All sizes take turns in one process, and processor time is
compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from pyexplain import Dataset, RunOptions
from pyexplain.data import NegativeSampler, SparseRows
from pyexplain.data.counts import seen_by
from pyexplain.data.kinds import HISTORY
from pyexplain.data.vocabulary import Vocabulary
from pyexplain.explainers import SolverSettings, solve
from pyexplain.recommenders.base import Recommender
from pyexplain.recommenders.config import TrainingConfig, make_config
from pyexplain.recommenders.networks import FeatureProductNetwork
from pyexplain.registry import load_registry

from .measure import Row, in_turn
from .report import table
from .world import random_data

FEATURES = (1_000, 100_000, 1_000_000)
USERS, ITEMS, PAIRS, PER_ROW, DIM, EXPLAINED, LIKED = 10_000, 2_000, 60_000, 5, 64, 4_000, 8
MUST = {(1_000, 1_000_000): 1.5, (100_000, 1_000_000): 1.1}  # rows of a larger table lie less often in the cache


class Untrained(Recommender):
    """The network of eq. (5) as it starts."""

    name = "untrained"
    offers = frozenset({"scores", "gradients", "linear-user-side"})
    Config = TrainingConfig
    config: TrainingConfig

    def build(self, data: Dataset, seed: int) -> torch.nn.Module:
        """The network."""
        return FeatureProductNetwork.of(data, self.config, seed)


def spread_rows(n: int, features: int, rng: np.random.Generator) -> SparseRows:
    """n rows of PER_ROW features each, spread over all of them."""
    width = features // PER_ROW
    columns = np.arange(PER_ROW) * width + rng.integers(0, width, (n, PER_ROW))
    values = 1 + 4 * rng.random(n * PER_ROW).astype(np.float32)
    return SparseRows(np.arange(n + 1, dtype=np.int64) * PER_ROW, columns.ravel(), values, features)


def world(features: int, users: int, liked: int) -> tuple[Recommender, Dataset]:
    """A data set with so many features, and a model for it: hybrid where users like any, 0 for the network."""
    rng, recommender = np.random.default_rng(0), Untrained(make_config(TrainingConfig, {"dim": DIM}, Untrained.name))
    if liked:
        cls = load_registry(strict=True).get("recommender", "hybrid")
        data = seen_by(random_data(users, features, PER_ROW, liked * users), (HISTORY,), counts=True)
        recommender = cls(cls.Config(dim=DIM))
    else:
        made = random_data(users, ITEMS, PER_ROW, PAIRS)  # the pairs; its features are replaced
        names = Vocabulary([f"feature{k}" for k in range(features)], "feature")
        rows_of_users, rows_of_items = (spread_rows(n, features, rng) for n in (users, ITEMS))
        data = replace(made, features=names, user_features=rows_of_users, item_features=rows_of_items)
    recommender.prepare(data, RunOptions())
    return recommender, data


def asking(recommender: Recommender, data: Dataset) -> Callable[[], object]:
    """EXPLAINED counterfactuals against random items, within the user's own features; of hybrid by its own explainer, which says
    what each feature contributes as well."""
    pairs = data.train[np.random.default_rng(0).permutation(len(data.train))[:EXPLAINED]]
    against = NegativeSampler(data.train, data.n_users, data.n_items).sample(pairs[:, 0], np.random.default_rng(1))
    if isinstance(recommender, Untrained):
        return lambda: solve(recommender, data, pairs, against, SolverSettings(own="only"))
    explainer = load_registry(strict=True).get("explainer", "hybrid")()
    explainer.fit(recommender, data, RunOptions())
    return lambda: explainer.explain(pairs, against)


def rows(repeats: int, users: int, liked: int) -> list[Row]:
    """The largest against each of the smaller ones."""
    sizes = {str(features): asking(*world(features, users, liked)) for features in FEATURES}
    taken = in_turn(sizes, repeats, clock=time.process_time)
    each = {features: 1e6 * taken[str(features)] / EXPLAINED for features in FEATURES}
    return [
        Row(
            f"a counterfactual within the user's own features, {large:,} features, d = {DIM}",
            f"{small:,} features",
            "us",
            each[large],
            each[small],
            must,
            at_most=True,
        )
        for (small, large), must in MUST.items()
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wide", description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="turns of each size; medians are printed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--liked", type=int, default=LIKED, help="with --hybrid: items that a user likes, held out ones included")
    parser.add_argument("--hybrid", action="store_true", help="of hybrid, whose features are the items that users like")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print(table(rows(given.repeats, given.users, given.liked if given.hybrid else 0)))


if __name__ == "__main__":
    main()
