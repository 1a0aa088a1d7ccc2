"""The margin R(u, i) - R(u, j) and its gradient in f_u, for any recommender that offers gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.types import Dataset
from ..methods.base import LINEAR_USER_SIDE, Recommender
from ..methods.networks import FeatureRows, mapped
from ..ops import matrix_product

Int = npt.NDArray[np.int64]


def margin_gradient(recommender: Recommender, data: Dataset, pairs: Int, against: Int) -> tuple[Tensor, Tensor]:
    """margin [n] and d margin / d f_u [n, P] at the data set's f_u, for pairs [n, 2] and the other items [n].

    By hand where the recommender says that its user side is linear in f_u, by autograd otherwise.
    """
    device = recommender.device
    users, items = (torch.from_numpy(np.ascontiguousarray(c)).to(device) for c in pairs.T)
    others = torch.from_numpy(np.ascontiguousarray(against)).to(device)
    rows = data.user_features.select(pairs[:, 0])
    if LINEAR_USER_SIDE in recommender.offers:
        with torch.no_grad():
            E = recommender.user_side(users[:1], items[:1]).feature_map
            latent = mapped(FeatureRows.of(rows, device), E)  # [n, k]
            (s_i, g_i), (s_j, g_j) = (recommender.user_side(users, side).score_and_slope(latent) for side in (items, others))
            return s_i - s_j, matrix_product(g_i.sub_(g_j), E.T)
    features = torch.from_numpy(rows.dense()).to(device)  # [n, P]
    features.requires_grad_()
    with torch.enable_grad():
        margin = recommender.scores(users, items, features) - recommender.scores(users, others, features)
        (gradient,) = torch.autograd.grad(margin.sum(), features)
    return margin.detach(), gradient
