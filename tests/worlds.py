"""Small data sets for tests: taste drives both the choice of items and the words of the reviews."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Protocol, Settings
from pyexplain.data.types import Dataset


@cache
def small_world(
    seed: int = 0, n_users: int = 40, n_items: int = 30, n_features: int = 8, protocol: Protocol = "heldout", split: str = "random"
) -> Dataset:
    """Users care about two features, items are good at some; users take items that are good at what they care about."""
    rng = np.random.default_rng(seed)
    taste = np.stack([rng.permutation(n_features)[:2] for _ in range(n_users)])
    quality = rng.choice([-1.0, 1.0], (n_items, n_features))
    rows, words = [], []
    for user in range(n_users):
        utility = quality[:, taste[user]].sum(axis=1) + rng.gumbel(0, 0.3, n_items)
        for item in np.argsort(-utility)[:6]:
            rows.append((f"u{user:03}", f"i{item:03}", 5.0 if rng.random() < 0.9 else 2.0, int(rng.integers(1_000_000))))
            for feature in taste[user]:
                s = quality[item, feature]
                opinion = "good" if s > 0 else "bad"
                words.append((f"u{user:03}", f"i{item:03}", f"f{feature}", opinion, s, f"The f{feature} is {opinion}."))
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    interactions["part"] = assign_parts(interactions, split, seed, 4.0).to_numpy()
    settings = Settings("generated", split, seed, n_candidates=15)
    return build_dataset(f"world-{seed}", interactions, mentions, protocol, settings)


@cache
def planted_groups(n_groups: int = 4, n_users: int = 120, n_items: int = 80, likes: int = 18) -> Dataset:
    """Users and items come in groups of equal size, and users like items of their own group alone: popularity says nothing, who
    likes what together says everything. Two words that mean nothing."""
    rng = np.random.default_rng(8)
    rows = [
        (f"u{user:03}", f"i{item:03}", 5.0, int(rng.integers(1_000_000)))
        for user in range(n_users)
        for item in rng.permutation(np.arange(user % n_groups, n_items, n_groups))[:likes]
    ]
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    interactions["part"] = assign_parts(interactions, "random", 0, 4.0).to_numpy()
    words = [(row[0], row[1], f"f{number % 2}", "good", 1.0, "It is good.") for number, row in enumerate(rows)]
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    return build_dataset("groups", interactions, mentions, "heldout", Settings("generated", "random", 0, n_candidates=40))


@cache
def grown_world() -> Dataset:
    """small_world() with five users and three items more, and a word that none of it had; what was there has the same numbers."""
    data = small_world()
    frame = data.evidence
    rng = np.random.default_rng(4)
    names = [f"u{user:03}" for user in range(40, 45)], [f"i{item:03}" for item in range(30, 33)]
    rows = [(user, item, 5.0, 7) for user in names[0] for item in [*names[1], *(f"i{n:03}" for n in rng.permutation(30)[:4])]]
    old = [(data.users[u], data.items[i], part) for part in ("train", "valid", "test") for u, i in getattr(data, part)]
    interactions = pd.DataFrame(
        [(u, i, 5.0, 7, part) for u, i, part in old] + [(*row, "train") for row in rows],
        columns=["user", "item", "rating", "time", "part"],
    )
    said = [(row[0], row[1], f"f{number % 9}", "good", 1.0, "It is good.") for number, row in enumerate(rows)]
    kept = [
        (data.users[u], data.items[i], data.features[k], "good", s, "It is good.")
        for u, i, k, s in frame[["user", "item", "feature", "sentiment"]].itertuples(index=False)
    ]
    mentions = pd.DataFrame(kept + said, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    settings = Settings("generated", "random", 0, n_candidates=15)
    return build_dataset("grown", interactions, mentions, "heldout", settings)
