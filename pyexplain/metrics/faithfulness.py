"""Faithfulness: does the score really depend on what the explanation names? No text is needed.

Only what a profile contains can be taken away from it, and the profiles are short. So the steps of a curve are the features of
the profile (k at most), in the order of the explanation's weights; features that the explanation does not name are not moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows
from .base import MetricInput
from .changes import Asked, expand, find_asked, profiles, some_rows
from .named import Named, in_rows, named_features
from .types import Float

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
MOST_ROWS = 1000
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
    cells = profile.row_numbers() * profile.n_columns + profile.indices
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
    named = np.bincount(profile.row_numbers()[places < NEVER], minlength=len(able))
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
    silent = np.diff(weights.offsets) == 0
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


@dataclass(frozen=True, eq=False)
class Necessity:
    """For each recommended pair [n]: does i fall out of the first k without the named features; does it stay in with them alone."""

    users: Int
    necessary: Float
    sufficient: Float


def find_necessity(given: MetricInput) -> Necessity:
    """PN and PS of each pair that stands among the first k of its user's candidates and itself (ties against it); Tan et al., CIKM
    2021.

    The named features are the k that weigh most. They are taken from f_u, or, where the explanation speaks of items, from every
    listed item. At most 1,000 pairs, drawn from the seed. A row that names nothing is neither necessary nor sufficient. Left out:
    pairs of users without a list, and lists of k items or fewer, out of which nothing can fall.
    """
    explained = given.explanations
    assert explained is not None
    rows, items = _lists(given)
    kept = (items >= 0).sum(axis=1) > given.k
    rows, items = rows[kept], items[kept]
    some = some_rows(len(rows), MOST_ROWS, given.seed)
    rows, items = rows[some], items[some]
    recommended = _stays(given, rows, items, None, keep=False)
    rows, items = rows[recommended], items[recommended]
    named = named_features(explained.weights.select(rows), given.k)
    names = named.counts() > 0
    necessary = ~_stays(given, rows, items, named, keep=False)  # taking nothing away changes nothing
    sufficient = _stays(given, rows, items, named, keep=True) & names
    return Necessity(explained.users[rows], necessary.astype(np.float64), sufficient.astype(np.float64))


def _lists(given: MetricInput) -> tuple[Int, Int]:
    """The explanations [n] of an item for a user with a candidate list, and those lists with the item in them [n, c + 1]."""
    explained = given.explanations
    assert explained is not None
    lists = given.data.test_candidates if given.part == "test" else given.data.valid_candidates
    listed = np.full(given.data.n_users, -1, dtype=np.int64)
    listed[lists.users] = np.arange(len(lists))
    rows = np.flatnonzero((explained.items >= 0) & (listed[explained.users] >= 0))
    others, own = lists.items[listed[explained.users[rows]]], explained.items[rows, None]
    return rows, np.concatenate([np.where(others == own, -1, others), own], axis=1)


def _stays(given: MetricInput, rows: Int, items: Int, named: Named | None, keep: bool) -> Bool:
    """Whether each pair is among the first k of its list, after the named features were taken away, or they alone were kept."""
    explained = given.explanations
    assert explained is not None
    assert given.scores is not None
    row, column = np.nonzero(items >= 0)
    users, listed = explained.users[rows][row], items[row, column]
    scores = np.full(items.shape, -np.inf, dtype=np.float32)
    if named is None:
        scores[row, column] = given.scores(users, listed)
    elif explained.side == "user":
        profile = _masked(profiles(given, explained, rows), named.sets(), keep)
        scores[row, column] = given.scores(users, listed, profile.select(row))
    else:
        profile = _masked(given.data.item_features.select(listed), named.sets().select(row), keep)
        scores[row, column] = given.scores(users, listed, None, profile)
    own = items == explained.items[rows][:, None]
    best = np.where(own, scores, -np.inf).max(axis=1, initial=-np.inf)
    found: Bool = (~own & (scores >= best[:, None])).sum(axis=1) < given.k
    return found


def _masked(profile: SparseRows, sets: SparseRows, keep: bool) -> SparseRows:
    """Profiles without the cells of the sets, or with those alone."""
    inside = in_rows(sets, profile.row_numbers(), profile.indices)
    values = np.where(inside == keep, profile.values, 0).astype(np.float32)
    return SparseRows(profile.offsets, profile.indices, values, profile.n_columns)
