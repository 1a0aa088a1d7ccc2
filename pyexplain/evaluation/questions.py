"""What explainers are asked in an evaluation: two named samples of pairs, the same with the same other items for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from ..explainers.order import Order
from ..metrics.truth import judgeable_pairs, judgeable_users
from ..recommenders.base import Recommender

Int = npt.NDArray[np.int64]
ChooseAgainst = Callable[[Recommender, Dataset, Int, int], Int]
TOP = 3  # items of a user that are explained
MOST_USERS = 1000  # whose first items are explained, where nothing else is asked for


@dataclass(frozen=True, eq=False)
class Sample:
    """pairs [n, 2] to explain, and the item each is compared with: against [n], or None.

    name: "heldout", pairs of held-out reviews, which say what the user really cared about; or "top", the first items that the
    recommender puts before users: what people are shown, and where explanations are read.
    """

    name: str
    pairs: Int
    against: Int | None

    @property
    def n_users(self) -> int:
        """How many users the pairs are of."""
        return len(np.unique(self.pairs[:, 0]))


@dataclass(frozen=True, eq=False)
class Questions:
    """Both samples. users [m]: those to be explained as a whole. level: "pair" where pairs have a ground truth, else "user"."""

    heldout: Sample
    top: Sample
    users: Int
    level: str

    @property
    def samples(self) -> tuple[Sample, ...]:
        """In the order in which they are told of."""
        return self.heldout, self.top


def make_questions(
    recommender: Recommender, data: Dataset, choose_against: ChooseAgainst | None, seed: int = 0, limit: int | None = None
) -> Questions:
    """The test pairs, and the first TOP items of users in the full ranking of the catalogue.

    limit: the most pairs of each sample, and the most users that are explained as a whole, drawn from the seed; of "top" whole
    users are drawn, one at least, and MOST_USERS at most where there is no limit.
    """
    pairs = np.unique(data.test, axis=0)
    if limit is not None and len(pairs) > limit:
        pairs = pairs[np.sort(np.random.default_rng([seed, 21]).choice(len(pairs), limit, replace=False))]
    users = _some_users(data.n_users, MOST_USERS if limit is None else max(1, limit // TOP), seed)

    def sample(name: str, pairs: Int) -> Sample:
        asks = choose_against is not None and len(pairs) > 0
        return Sample(name, pairs, choose_against(recommender, data, pairs, seed) if choose_against and asks else None)

    level = "pair" if len(judgeable_pairs(data)) else "user"
    whole = judgeable_users(data)
    if limit is not None:
        whole = whole[_some_users(len(whole), limit, seed)]
    return Questions(sample("heldout", pairs), sample("top", top_pairs(recommender, data, users)), whole, level)


def top_pairs(recommender: Recommender, data: Dataset, users: Int, k: int = TOP) -> Int:
    """The first k items, not liked in training, of each of users [n]: pairs [m, 2], best first within a user; m <= n k."""
    items, _ = Order(recommender, data).best(users, k)
    rows, places = np.nonzero(items >= 0)
    return np.stack([users[rows], items[rows, places]], axis=1)


def _some_users(n: int, most: int, seed: int) -> Int:
    if n <= most:
        return np.arange(n, dtype=np.int64)
    return np.sort(np.random.default_rng([seed, 22]).choice(n, most, replace=False)).astype(np.int64)
