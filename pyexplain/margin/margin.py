"""The margin R(u, i) - R(u, j): its value at any f_u for any recommender, and its gradient where the recommender offers one."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..data.types import Dataset
from ..ops import matrix_product
from ..recommenders.base import LINEAR_USER_SIDE, Recommender
from ..recommenders.networks import FeatureRows, mapped

Int = npt.NDArray[np.int64]
COPIES = 4  # dense rows [P] that a pair whose features are given needs at a time
MOST_PAIRS = 65_536


def margins(
    recommender: Recommender,
    pairs: Int,
    against: Int,
    user_features: SparseRows | None = None,
    *,
    max_memory: int = 512 * 2**20,
) -> npt.NDArray[np.float64]:
    """R(u, i) - R(u, j) [n] by the recommender's own scores, for pairs (u, i) [n, 2] and the others j [n]; at f_u [n, P] where
    given, in blocks that keep within max_memory bytes of dense features."""
    size = MOST_PAIRS
    if user_features is not None:
        size = max(1, min(size, max_memory // (4 * COPIES * max(1, user_features.n_columns))))
    out = np.empty(len(pairs))
    for at in range(0, len(pairs), size):
        part = np.arange(at, min(at + size, len(pairs)))
        users, items, others = numbers_of(pairs[part], against[part], recommender.device)
        features = None if user_features is None else handed(recommender, user_features.select(part))
        with torch.no_grad():
            margin = recommender.scores(users, items, features) - recommender.scores(users, others, features)
        out[part] = margin.double().cpu().numpy()
    return out


def margin_gradient(recommender: Recommender, data: Dataset, pairs: Int, against: Int) -> tuple[Tensor, Tensor]:
    """margin [n] and d margin / d f_u [n, P] at the data set's f_u, for pairs [n, 2] and the other items [n].

    By hand where the recommender says that its user side is linear in f_u, by autograd otherwise.
    """
    device = recommender.device
    users, items, others = numbers_of(pairs, against, device)
    rows = data.user_features.select(pairs[:, 0])
    if LINEAR_USER_SIDE in recommender.offers:
        with torch.no_grad():
            E = recommender.user_side(users[:1], items[:1]).feature_map
            latent = mapped(FeatureRows.of(rows, device), E)  # [n, k]
            (s_i, g_i), (s_j, g_j) = (recommender.user_side(users, side).score_and_slope(latent) for side in (items, others))
            return s_i - s_j, matrix_product(g_i.sub_(g_j), E.T)
    return gradient_by_autograd(recommender, users, items, others, torch.from_numpy(rows.dense()).to(device))


def gradient_by_autograd(
    recommender: Recommender, users: Tensor, items: Tensor, others: Tensor, features: Tensor
) -> tuple[Tensor, Tensor]:
    """margin [n] and its gradient [n, P] at f_u given dense [n, P], for any recommender that offers gradients."""
    features = features.detach().requires_grad_()
    with torch.enable_grad():
        margin = recommender.scores(users, items, features) - recommender.scores(users, others, features)
        (gradient,) = torch.autograd.grad(margin.sum(), features)
    return margin.detach(), gradient


def numbers_of(pairs: Int, against: Int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Users, items and others [n] as tensors there."""
    columns = pairs[:, 0], pairs[:, 1], against
    users, items, others = (torch.tensor(column, device=device) for column in columns)
    return users, items, others


def handed(recommender: Recommender, rows: SparseRows) -> Tensor:
    """f_u [n, P] in the form that scores() takes: sparse for who offers that, dense for everybody else."""
    if LINEAR_USER_SIDE in recommender.offers:
        return cast(Tensor, FeatureRows.of(rows, recommender.device))
    return torch.from_numpy(rows.dense()).to(recommender.device)
