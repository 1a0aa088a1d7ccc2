"""Integrated gradients of a margin in closed form, for scores that are linear in f_u before one relu."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..ops import matrix_product
from ..recommenders.base import Recommender
from ..recommenders.networks import FeatureRows, mapped
from ..recommenders.user_side import UserSide
from .margin import numbers_of

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
VECTORS = 16  # of the width of the latent or the hidden layer, that a pair needs beside two for each of its features


def exact_path(recommender: Recommender, pairs: Int, against: Int, rows: SparseRows, max_memory: int) -> tuple[Float, Float, Float]:
    """Integrated gradients of the entries of rows [nnz], m(f_u) [n] and m(0) [n], of pairs [n, 2] against [n] at f_u = rows [n, P].

    On the way t f_u, t in 0..1, a hidden unit holds c + t b. It is active on one interval; the share of the way that this is
    replaces the unit's slope in the gradient, and what is integrated is exact.
    """
    values, margin, nothing = np.zeros(len(rows.indices)), np.zeros(len(pairs)), np.zeros(len(pairs))
    for part in _blocks(recommender, pairs, rows, max_memory):
        entries = slice(rows.offsets[part[0]], rows.offsets[part[-1] + 1])
        with torch.no_grad():
            found = _block(recommender, pairs[part], against[part], rows.select(part))
        values[entries], margin[part], nothing[part] = (tensor.double().cpu().numpy() for tensor in found)
    return values, margin, nothing


def _block(recommender: Recommender, pairs: Int, against: Int, rows: SparseRows) -> tuple[Tensor, Tensor, Tensor]:
    device = recommender.device
    users, items, others = numbers_of(pairs, against, device)
    sparse, at = FeatureRows.of(rows, device), torch.from_numpy(rows.row_numbers()).to(device)
    one, two = recommender.user_side(users, items), recommender.user_side(users, others)
    latent = mapped(sparse, one.feature_map)  # [n, k]
    (pull, ahead, ahead_of_nothing), (push, behind, behind_of_nothing) = (_along_the_way(side, latent) for side in (one, two))
    slope = pull.sub_(push)  # [n, k]: the mean gradient of the margin in the latent features
    values = sparse.values * (one.feature_map[sparse.indices] * slope[at]).sum(dim=1)
    return values, ahead - behind, ahead_of_nothing - behind_of_nothing


def _along_the_way(side: UserSide, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean gradient of the score in the latent features [n, k] on the way from 0 to latent [n, k], and the scores [n] at its
    end and at its beginning."""
    begin = side.constant  # [n, h]
    end = side.before(latent)  # [n, h]
    active_begin, active_end = begin.clamp_min(0), end.clamp_min(0)
    length = end - begin
    share = torch.where(length == 0, (begin > 0).to(length.dtype), (active_end - active_begin) / length)  # in 0..1
    slope = matrix_product(share.clamp_(0, 1) * side.readout, side.hidden_map).mul_(side.gate)
    readout, bias = side.readout.double(), side.bias.double()
    return slope, active_end.double() @ readout + bias, active_begin.double() @ readout + bias


def _blocks(recommender: Recommender, pairs: Int, rows: SparseRows, max_memory: int) -> list[Int]:
    """Consecutive rows, so many at a time as the memory allows."""
    if len(pairs) == 0:
        return []
    user, item = (torch.from_numpy(column).to(recommender.device) for column in (pairs[:1, 0].copy(), pairs[:1, 1].copy()))
    side = recommender.user_side(user, item)
    width = max(side.feature_map.shape[1], side.hidden_map.shape[0], 1)
    bytes_until = np.cumsum(4 * width * (VECTORS + 2 * np.diff(rows.offsets)))
    return np.split(np.arange(len(pairs)), np.flatnonzero(np.diff(bytes_until // max(1, max_memory))) + 1)
