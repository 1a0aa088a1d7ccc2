"""A world in which it is known by what users choose: each cares about two aspects, each item has three, of which reviews tell.

Users take items that have what they care about, and write about an item's aspects whichever they are: what they care about is
nowhere in their words, only in what they took.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from pyexplain.data.build import assign_parts, build_dataset
from pyexplain.data.settings import Settings
from pyexplain.data.types import Dataset

USERS, ITEMS, ASPECTS, LIKES = 120, 90, 10, 14


@cache
def planted_aspects(seed: int = 5) -> tuple[Dataset, npt.NDArray[np.int64]]:
    """The data set, and the two aspects that each user cares about [U, 2]."""
    rng = np.random.default_rng(seed)
    cares = np.stack([rng.permutation(ASPECTS)[:2] for _ in range(USERS)])
    has = np.stack([rng.permutation(ASPECTS)[:3] for _ in range(ITEMS)])
    rows, words = [], []
    for user in range(USERS):
        worth = np.isin(has, cares[user]).sum(axis=1) + rng.gumbel(0, 0.2, ITEMS)
        for item in np.argsort(-worth)[:LIKES]:
            rows.append((f"u{user:03}", f"i{item:03}", 5.0, int(rng.integers(1_000_000))))
            aspect = has[item, int(rng.integers(3))]
            words.append((f"u{user:03}", f"i{item:03}", f"f{aspect}", "good", 1.0, f"The f{aspect} is good."))
    interactions = pd.DataFrame(rows, columns=["user", "item", "rating", "time"])
    interactions["part"] = assign_parts(interactions, "random", seed, 4.0).to_numpy()
    mentions = pd.DataFrame(words, columns=["user", "item", "feature", "opinion", "sentiment", "sentence"])
    data = build_dataset("aspects", interactions, mentions, "heldout", Settings("generated", "random", seed, n_candidates=40))
    users = [int(name[1:]) for name in data.users.names]
    columns = {int(name[1:]): number for number, name in enumerate(data.features.names)}
    return data, np.array([[columns[aspect] for aspect in cares[user]] for user in users])


def found_share(weights: npt.NDArray[np.floating], planted: npt.NDArray[np.int64]) -> float:
    """Of the two planted aspects of each user, the share that is among the two that weigh most; chance is .2."""
    top = np.argsort(-weights, axis=1, kind="stable")[:, :2]
    return float((top[:, :, None] == planted[:, None, :]).any(axis=2).mean())
