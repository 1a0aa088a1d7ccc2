"""Integrated gradients of a margin at points of the way, for any recommender that offers gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ..data.sparse import SparseRows
from .margin import Margin

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
COPIES = 8  # dense rows [P] that a point of a pair's way needs
CELLS_AT_ONCE = 2**14  # features of pairs that are worked on at a time
CLOSE = 2e-5  # of the sum of |a_k|: a stretch whose halves differ from it by less is not cut any further
CUTS = 12  # how often a stretch is cut in two at most: a relu begins or ends somewhere within the last


def path_by_points(margin: Margin, points: int) -> tuple[Float, Float, Float]:
    """Integrated gradients of the entries of margin.features [nnz], m(f_u) [n] and m(0) [n]; see contributions().

    Simpson's rule on points / 2 stretches of the way, of which each is cut in two again and again where its halves do not agree
    with it: where a relu begins or ends. What is missed of m(f_u) - m(0) in the end is shared in proportion to |a_k|, or to f_u[k]
    where all a_k are 0.
    """
    rows = margin.features
    values, counts = np.zeros(len(rows.indices)), np.diff(rows.offsets)
    size = max(1, CELLS_AT_ONCE // max(1, int(counts.max(initial=0))))
    for at in range(0, len(margin), size):
        part = np.arange(at, min(at + size, len(margin)))
        entries = slice(rows.offsets[part[0]], rows.offsets[part[-1] + 1])
        values[entries] = _Way(margin.select(part)).integrals(max(1, points // 2))
    here, nothing = margin.value(rows), margin.value(SparseRows.empty(rows.shape))
    return values + _missed(rows, values, here - nothing), here, nothing


@dataclass(frozen=True, eq=False)
class _Way:
    """The straight ways from no features to margin.features [n, P]. S: the most features that a row has."""

    margin: Margin

    def integrals(self, stretches: int) -> Float:
        """a_k of the entries of rows [nnz]."""
        n, length = len(self.margin), 1 / stretches
        pair, begin = np.repeat(np.arange(n), stretches), np.tile(np.arange(stretches) / stretches, n)
        # the gradient at the beginning, in the middle and at the end of each stretch, [s, 3, S]
        known = np.stack([self._gradients(pair, begin + length * inner) for inner in (0, 0.5, 1)], axis=1)
        total = np.zeros((n, known.shape[2]))
        scale = np.abs(_summed(pair, _simpson(known) * length, n)).sum(axis=1)
        for cut in range(CUTS):
            if not len(pair):
                break
            first, last = (self._gradients(pair, begin + length * inner) for inner in (0.25, 0.75))
            halves = np.stack([known[:, 0], first, known[:, 1], known[:, 1], last, known[:, 2]], axis=1)
            halves = halves.reshape(2 * len(pair), 3, -1)
            finer = _simpson(halves).reshape(len(pair), 2, -1).sum(axis=1) / 2
            away = np.abs(finer - _simpson(known)).sum(axis=1) * length
            going = (away > CLOSE * scale[pair]) & (cut < CUTS - 1)
            total += _summed(pair[~going], finer[~going] * length, n)
            known, length = halves[np.repeat(going, 2)], length / 2
            begin = (begin[going, None] + [0, length]).ravel()
            pair = np.repeat(pair[going], 2)
        return np.asarray(total[_cells(self.margin.features)])

    def _gradients(self, pair: Int, at: Float) -> Float:
        """f_u times d margin / d f_u [s, S], at t = at [s] on the ways of pairs [s], in the features that each has."""
        rows = self.margin.features
        size = max(1, self.margin.max_memory // (4 * COPIES * max(1, rows.n_columns)))
        out = np.zeros((len(pair), max(1, int(np.diff(rows.offsets).max(initial=0)))))
        for start in range(0, len(pair), size):
            some = slice(start, start + size)
            asked = self.margin.select(pair[some])
            own = asked.features
            here = own.values * np.repeat(at[some], np.diff(own.offsets)).astype(np.float32)
            features = SparseRows(own.offsets, own.indices, here, own.n_columns).dense()
            dense = torch.from_numpy(features).to(asked.recommender.device)
            gradient = asked.value_and_gradient(dense)[1].double().cpu().numpy()
            row, place = _cells(own)
            out[start + row, place] = gradient[row, own.indices] * own.values
        return out


def _cells(rows: SparseRows) -> tuple[Int, Int]:
    """The row of each entry, and the how many-th of its row it is."""
    row = rows.row_indices()
    return row, np.arange(len(row)) - rows.offsets[row]


def _simpson(known: Float) -> Float:
    """The mean over each stretch [s, S] from its beginning, middle and end [s, 3, S]."""
    found: Float = (known[:, 0] + 4 * known[:, 1] + known[:, 2]) / 6
    return found


def _summed(pair: Int, values: Float, n: int) -> Float:
    """Sums [n, S] of values [s, S] of pairs [s]."""
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, pair, values)
    return out


def _missed(rows: SparseRows, values: Float, wanted: Float) -> Float:
    """What each entry is to be given so that row r adds up to wanted[r]."""
    at, n = rows.row_indices(), rows.n_rows
    missing = wanted - np.bincount(at, values, minlength=n)
    size, whole = np.abs(values), np.bincount(at, np.abs(values), minlength=n)
    length = np.bincount(at, rows.values, minlength=n)
    share = np.where(whole[at] > 0, size / np.maximum(whole[at], 1e-300), rows.values / np.maximum(length[at], 1e-30))
    found: Float = missing[at] * share
    return found
