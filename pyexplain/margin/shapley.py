"""Shapley values of a user's own features in a margin, from scores alone: exact for few features, by drawn orders for many."""

from __future__ import annotations

import itertools
from math import factorial

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .coalitions import Coalitions
from .margin import Margin

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
PAIRS_AT_ONCE = 64


def shapley_contributions(margin: Margin, *, exact: int, orders: int, seed: int) -> tuple[Float, Float, Float]:
    """Shapley values of the entries of margin.features [nnz], m(f_u) [n] and m(0) [n]."""
    rows = margin.features
    values = np.zeros(len(rows.indices))
    for at in range(0, len(margin), PAIRS_AT_ONCE):
        part = np.arange(at, min(at + PAIRS_AT_ONCE, len(margin)))
        asked = Coalitions.of(margin.select(part))
        entries = slice(rows.offsets[part[0]], rows.offsets[part[-1] + 1])
        values[entries] = shapley_values(asked, exact=exact, orders=orders, seed=seed)[asked.real]
    return values, margin.value(rows), margin.value(SparseRows.empty(rows.shape))


def shapley_values(asked: Coalitions, *, exact: int, orders: int, seed: int) -> Float:
    """phi [n, S] of the features of the pairs asked about, signed; 0 where a row has no such feature.

    phi_k: what feature k adds to the margin, a mean over the orders in which the features may arrive one by one: over all of them
    for rows with at most `exact` features, else over `orders` drawn orders and their reverses. The sum over k is
    m(f_u) - m(0) for any number of orders, since each order's additions are. A row's draws depend on the seed and the pair alone.
    Strumbelj and Kononenko, KAIS 2014; Lundberg and Lee, NIPS 2017.
    """
    phi, own = np.zeros(asked.real.shape), asked.real.sum(axis=1)
    for count in np.unique(own[own > 0]).tolist():
        rows = np.flatnonzero(own == count)
        phi[rows, :count] = _over_all(asked, rows, count) if count <= exact else _over_drawn(asked, rows, count, orders, seed)
    return phi


def _over_all(asked: Coalitions, rows: Int, s: int) -> Float:
    """All 2^s coalitions; phi_k = sum over S without k of |S|! (s - |S| - 1)! / s! (margin(S + k) - margin(S))."""
    coalitions = np.array(list(itertools.product((False, True), repeat=s)))  # read as binary numbers, first feature highest
    found = _ask(asked, rows, np.tile(coalitions, (len(rows), 1, 1))).reshape(len(rows), -1)
    phi = np.zeros((len(rows), s))
    for k in range(s):
        without = np.flatnonzero(~coalitions[:, k])
        sizes = coalitions[without].sum(axis=1).tolist()
        weight = np.array([factorial(m) * factorial(s - m - 1) / factorial(s) for m in sizes])
        phi[:, k] = (found[:, without + 2 ** (s - 1 - k)] - found[:, without]) @ weight
    return phi


def _over_drawn(asked: Coalitions, rows: Int, s: int, orders: int, seed: int) -> Float:
    """A mean over orders and their reverses of what each feature adds as it arrives."""
    drawn = [asked.generator(seed, row) for row in rows.tolist()]
    half = np.stack([np.stack([rng.permutation(s) for _ in range(orders)]) for rng in drawn])
    both = np.concatenate([half, half[:, :, ::-1]], axis=1)  # [n, 2 orders, s]
    arrival = np.argsort(both, axis=2)
    kept = arrival[:, :, None, :] < np.arange(s + 1)[:, None]  # [n, 2 orders, s + 1, s]: the first m have arrived
    found = _ask(asked, rows, kept.reshape(len(rows), -1, s)).reshape(*both.shape[:2], s + 1)
    added = np.diff(found, axis=2)  # by the m-th to arrive
    phi: Float = np.take_along_axis(added, arrival, axis=2).mean(axis=1)
    return phi


def _ask(asked: Coalitions, rows: Int, kept: npt.NDArray[np.bool_]) -> Float:
    """Margins of the coalitions kept [n, m, s] of the first s features of each row."""
    n, m, s = kept.shape
    whole = np.zeros((n * m, asked.real.shape[1]), dtype=bool)
    whole[:, :s] = kept.reshape(n * m, s)
    return asked.margins(np.repeat(rows, m), whole)
