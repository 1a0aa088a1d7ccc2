"""The item that was not chosen, where none is named: the next in the full order of the catalogue."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..data.types import Dataset
from ..recommenders.base import Recommender
from .order import Order

Int = npt.NDArray[np.int64]


def choose_against(recommender: Recommender, data: Dataset, pairs: Int, seed: int = 0, n_sampled: int | None = None) -> Int:
    """For each (u, i) of pairs [n, 2] the best item, [n], of the whole catalogue that u did not like in training and that scores
    below i; where none does, the lowest scored other one.

    Nothing is drawn: seed and n_sampled are taken because plugins hand them in, and change nothing. A user who likes every item
    but i gets i's neighbour in number. RunError where scores are not finite.
    """
    return Order(recommender, data).below(pairs)
