"""The smallest changes of f_u that turn the order of a user's first item and the next, by the counterfactual solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..explainers.counterfactual.settings import Box, SolverSettings
from ..explainers.counterfactual.solve import solve
from ..explainers.order import Order
from ..explainers.types import NO_ITEM
from ..metrics.types import Turned
from ..recommenders.base import GRADIENTS, Recommender

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
SHORTEST = SolverSettings(own="only", l1=0.0, l2=1.0, margin=0.0)
LEAST = replace(SHORTEST, l1=1.0, l2=1e-3)  # almost l1 alone: the inner problem wants some l2


def smallest_changes(recommender: Recommender, data: Dataset, users: Int) -> Turned | None:
    """Of those of the users [n] whose features are known and who have two items to rank; None where the recommender offers no
    gradients. The order is that of the whole catalogue, without items liked in training.

    Where scores are linear in f_u these are the smallest there are, up to the solver's tolerance (a thousandth); elsewhere changes
    that turn the order when it is scored again, than which there may be smaller ones.
    """
    if GRADIENTS not in recommender.offers:
        return None
    able = users[data.user_features.counts[users] > 0]
    items, _ = Order(recommender, data).best(able, 2)
    two = items[:, 1] != NO_ITEM
    able, items = able[two], items[two]
    pairs, box = np.stack([able, items[:, 0]], axis=1), Box.of(data)
    rows = data.user_features.select(able)
    reach = _scaled(SparseRows(rows.offsets, rows.indices, _reach(rows, box), rows.n_columns), box)
    sizes = []
    for settings, power in ((SHORTEST, 2), (LEAST, 1)):
        found = solve(recommender, data, pairs, items[:, 1], settings)
        assert found.change is not None
        assert found.valid is not None
        assert found.margin_before is not None
        size = np.where(found.valid, _norm(_scaled(found.change, box), power), _norm(reach, power))
        sizes.append(np.where(found.margin_before <= 0, 0.0, size))  # a tie is turned by nothing
    return Turned(able, *sizes)


def _reach(rows: SparseRows, box: Box) -> npt.NDArray[np.float32]:
    """How far each entry can go at most."""
    rising = np.maximum(box.most - rows.values, 0)
    if box.whole is not None:
        rising[box.whole[rows.indices]] = 0
    reach: npt.NDArray[np.float32] = np.maximum(np.abs(rows.values), rising)
    return reach


def _scaled(rows: SparseRows, box: Box) -> SparseRows:
    """In units that cost alike: an entry of history counts as one mention."""
    if box.whole is None:
        return rows
    scale = np.where(box.whole[rows.indices], np.float32(box.unit), np.float32(1))
    return SparseRows(rows.offsets, rows.indices, rows.values * scale, rows.n_columns)


def _norm(rows: SparseRows, power: int) -> Float:
    """||row||_power [n]."""
    total = np.bincount(rows.row_indices(), np.abs(rows.values).astype(np.float64) ** power, minlength=rows.n_rows)
    return np.asarray(total ** (1 / power), dtype=np.float64)
