"""Integrated gradients of a margin in closed form, for scores that are linear in f_u before one relu."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..data.sparse import SparseRows
from ..ops import matrix_product
from ..recommenders.networks import FeatureRows
from ..recommenders.user_side import UserSide
from .margin import Margin

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
PAIRS_AT_ONCE = 4096  # that are linear
VECTORS = 16  # of the width of the latent or the hidden layer, that a pair needs beside two for each of its features


def linear_path(margin: Margin) -> tuple[Float, Callable[[], tuple[Float, Float]]] | None:
    """The same where scores are linear in f_u: f_u[k] times the slope, which is that of the margin everywhere; the two margins when
    they are asked for. None where scores are not linear. Nothing is dense in P."""
    slopes = margin.slopes
    if slopes is None:
        return None
    values = margin.features.values.astype(np.float64) * slopes
    return values, lambda: _ends(margin)


def _both(margin: Margin) -> tuple[Tensor, Tensor]:
    """Users and items [2n] of both sides: each question is asked once, of both."""
    users, items, others = margin.indices
    return torch.cat([users, users]), torch.cat([items, others])


def _ends(margin: Margin) -> tuple[Float, Float]:
    """m(f_u) and m(0), [n] each."""
    here, nothing = np.zeros(len(margin)), np.zeros(len(margin))
    for part, block in margin.batches(0, PAIRS_AT_ONCE):
        empty = SparseRows.empty((2 * len(block), margin.features.n_columns))
        own = None if block.own else SparseRows.stacked([block.features, block.features])
        here[part], nothing[part] = (_lead(margin, _both(block), features) for features in (own, empty))
    return here, nothing


def _lead(margin: Margin, both: tuple[Tensor, Tensor], features: SparseRows | None) -> Float:
    """By the recommender's own scores: of the first half of the pairs less those of the second."""
    given = None if features is None else margin.handed(features)
    with torch.no_grad():
        one, two = margin.recommender.scores(*both, given).chunk(2)
        found: Float = (one - two).double().cpu().numpy()
    return found


def exact_path(margin: Margin) -> tuple[Float, Float, Float]:
    """Integrated gradients of the entries of margin.features [nnz], m(f_u) [n] and m(0) [n].

    On the way t f_u, t in 0..1, a hidden unit holds c + t b. It is active on one interval; the share of the way that this is
    replaces the unit's slope in the gradient, and what is integrated is exact.
    """
    rows = margin.features
    values, here, nothing = np.zeros(len(rows.indices)), np.zeros(len(margin)), np.zeros(len(margin))
    for part in _blocks(margin):
        entries = slice(rows.offsets[part[0]], rows.offsets[part[-1] + 1])
        with torch.no_grad():
            found = _block(margin.select(part))
        values[entries], here[part], nothing[part] = (tensor.double().cpu().numpy() for tensor in found)
    return values, here, nothing


def _block(margin: Margin) -> tuple[Tensor, Tensor, Tensor]:
    rows, device, affine = margin.features, margin.recommender.device, margin.affine
    sparse, at = FeatureRows.of(rows, device), torch.from_numpy(rows.row_indices()).to(device)
    sides = affine.one, affine.two
    (pull, ahead, ahead_of_nothing), (push, behind, behind_of_nothing) = (_along_the_way(side, affine.latent) for side in sides)
    slope = pull.sub_(push)  # [n, k]: the mean gradient of the margin in the latent features
    values = sparse.values * (affine.one.feature_map[sparse.indices] * slope[at]).sum(dim=1)
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


def _blocks(margin: Margin) -> list[Int]:
    """Consecutive rows, so many at a time as the memory allows."""
    if len(margin) == 0:
        return []
    side = margin.select([0]).affine.one
    width = max(side.feature_map.shape[1], side.hidden_map.shape[0], 1)
    bytes_until = np.cumsum(4 * width * (VECTORS + 2 * np.diff(margin.features.offsets)))
    return np.split(np.arange(len(margin)), np.flatnonzero(np.diff(bytes_until // max(1, margin.max_memory))) + 1)
