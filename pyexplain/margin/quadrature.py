"""Integrated gradients of a margin at points of the way, for any recommender that offers gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows
from ..methods.base import Recommender
from .margin import gradient_by_autograd, margins, numbers_of

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
COPIES = 8  # dense rows [P] that a point of a pair's way needs


def path_by_points(
    recommender: Recommender, pairs: Int, against: Int, rows: SparseRows, points: int, max_memory: int
) -> tuple[Float, Float, Float]:
    """Integrated gradients of the entries of rows [nnz], m(f_u) [n] and m(0) [n]; see contributions(). What the points miss of
    m(f_u) - m(0) is shared in proportion to |a_k|, or to f_u[k] where all a_k are 0."""
    places, shares = _places(points)
    values, size = np.zeros(len(rows.indices)), max(1, max_memory // (4 * COPIES * max(1, rows.n_columns)))
    for at in range(0, len(pairs) * points, size):
        flat = np.arange(at, min(at + size, len(pairs) * points))
        row, point = np.divmod(flat, points)
        features = rows.select(row)
        here = np.repeat(places[point], np.diff(features.offsets)).astype(np.float32) * features.values
        path = SparseRows(features.offsets, features.indices, here, features.n_columns)
        dense = torch.from_numpy(path.dense()).to(recommender.device)
        numbers = numbers_of(pairs[row], against[row], recommender.device)
        gradient = gradient_by_autograd(recommender, *numbers, dense)[1].cpu().numpy()
        asked = path.row_numbers()
        entry = rows.offsets[row][asked] + np.arange(len(asked)) - path.offsets[asked]
        np.add.at(values, entry, shares[point][asked] * gradient[asked, path.indices])
    values *= rows.values
    margin = margins(recommender, pairs, against, rows, max_memory=max_memory)
    none = SparseRows.empty(rows.shape)
    nothing = margins(recommender, pairs, against, none, max_memory=max_memory)
    return values + _missed(rows, values, margin - nothing), margin, nothing


def _places(points: int) -> tuple[Float, Float]:
    """Points in 0..1 and their shares: pairs of Gauss-Legendre points on equal stretches; the middle where one is left over."""
    stretches = max(1, points // 2)
    inner, weight = np.polynomial.legendre.leggauss(2 if points > 1 else 1)
    starts = np.arange(stretches)[:, None]
    places = ((starts + (inner + 1) / 2) / stretches).ravel()
    shares = np.tile(weight / 2, stretches) / stretches
    if points > 1 and points % 2:
        places, shares = np.append(places, 0.5), np.append(shares * (points - 1) / points, 1 / points)
    return places, shares


def _missed(rows: SparseRows, values: Float, wanted: Float) -> Float:
    """What each entry is to be given so that row r adds up to wanted[r]."""
    at, n = rows.row_numbers(), rows.n_rows
    missing = wanted - np.bincount(at, values, minlength=n)
    size, whole = np.abs(values), np.bincount(at, np.abs(values), minlength=n)
    length = np.bincount(at, rows.values, minlength=n)
    share = np.where(whole[at] > 0, size / np.maximum(whole[at], 1e-300), rows.values / np.maximum(length[at], 1e-30))
    found: Float = missing[at] * share
    return found
