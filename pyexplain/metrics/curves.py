"""Curves of deletion and insertion: what is left of the lead as features of a profile are taken away, and put in, one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .base import MetricInput
from .changes import Asked, expand, find_asked
from .named import in_rows, named_features
from .types import Float

Int = npt.NDArray[np.int64]
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Curves:
    """For each question with a profile [n]: deletion and insertion [n, k] after step 1, 2, ...; steps [n] that it has."""

    users: Int
    steps: Int
    deletion: Float
    insertion: Float

    def area(self, curve: Float) -> Float:
        """Mean of the curve over each row's steps [n]."""
        counted = np.arange(curve.shape[1])[None, :] < self.steps[:, None]
        return np.asarray((curve * counted).sum(axis=1) / self.steps)

    def mean(self, curve: Float) -> Float:
        """The mean curve [k], for a picture: what is left after step 1, 2, ...; a row without more steps keeps its last value."""
        last = np.minimum(np.arange(curve.shape[1])[None, :], self.steps[:, None] - 1)
        return np.asarray(np.take_along_axis(curve, last, axis=1).mean(axis=0))


def places_in_profile(weights: SparseRows, profile: SparseRows) -> Int:
    """For each cell of the profiles its place among the named cells of its row (0 = weighs most), NEVER if it is not named."""
    named = named_features(weights, weights.n_columns)
    inside = in_rows(profile, named.rows, named.features)
    rows, features = named.rows[inside], named.features[inside]
    starts = np.searchsorted(rows, np.arange(profile.n_rows))
    places = np.full(len(profile.indices), NEVER, dtype=np.int64)
    cells = profile.row_indices() * profile.n_columns + profile.indices
    places[np.searchsorted(cells, rows * profile.n_columns + features)] = np.arange(len(rows)) - starts[rows]
    return places


def find_curves(given: MetricInput) -> Curves:
    """The share of i's lead over j that is left, clipped to 0..1, after taking features away, and after putting them in.

    A row that names nothing keeps the whole lead (deletion) and wins none (insertion).
    """
    assert given.explanations is not None
    assert given.scores is not None
    asked = given.once(find_asked)
    able = np.flatnonzero(np.diff(asked.profile.offsets) > 0)
    profile, lead = asked.profile.select(able), asked.lead[able]
    steps = np.minimum(np.diff(profile.offsets), given.k)
    weights = given.explanations.weights.select(asked.rows[able])
    places = places_in_profile(weights, profile)
    named = np.bincount(profile.row_indices()[places < NEVER], minlength=len(able))
    moves = np.minimum(named, steps)  # steps that change anything
    row = np.repeat(np.arange(len(able)), moves)
    step = np.arange(len(row)) - np.repeat(np.cumsum(moves) - moves, moves) + 1  # 1..moves of each row
    variant, source = expand(profile, row)
    taken = places[source] < np.repeat(step, np.diff(variant.offsets))
    curves = []
    for kept in (~taken, taken):
        values = np.where(kept, profile.values[source], 0).astype(np.float32)
        rows = SparseRows(variant.offsets, variant.indices, values, variant.n_columns)
        left = np.clip(asked.margins(given.scores, able[row], rows) / lead[row], 0, 1)
        curves.append(_held(left, row, step, moves, given.k))
    deletion, insertion = curves
    silent = np.diff(weights.where(weights.values > 0).offsets) == 0
    deletion[moves == 0], insertion[moves == 0] = 1.0, 0.0
    blind = (moves == 0) & ~silent  # it names features, but none that the profile has: nothing goes in
    insertion[blind] = _empty_lead(given, asked, able[blind])[:, None]
    return Curves(asked.users[able], steps, deletion, insertion)


def _held(left: npt.NDArray[np.float32], row: Int, step: Int, moves: Int, k: int) -> Float:
    """Values of steps as a table [n, k]; after a row's last move its value is held."""
    table = np.zeros((len(moves), k))
    table[row, step - 1] = left
    last = np.minimum(np.arange(k)[None, :], np.maximum(moves - 1, 0)[:, None])
    held: Float = np.take_along_axis(table, last, axis=1)
    return held


def _empty_lead(given: MetricInput, asked: Asked, rows: Int) -> Float:
    """The share of the lead that is there without any feature [n]."""
    assert given.scores is not None
    empty = SparseRows.empty((len(rows), asked.profile.n_columns))
    left: Float = np.clip(asked.margins(given.scores, rows, empty) / asked.lead[rows], 0, 1).astype(np.float64)
    return left
