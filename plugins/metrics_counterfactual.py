"""Metrics of counterfactual explanations. The model is asked again; what did not flip stays in every denominator.

A question that was not solved is charged so that one more failure never makes a figure better: P features, and the largest of
the norm of its own change, the norm of the whole profile, and the dearest change that did solve a question.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.metrics import (
    Asked,
    Changed,
    Float,
    Metric,
    MetricInput,
    Values,
    expand,
    find_asked,
    join,
    some_rows,
)

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
ROUNDING = 1e-4  # a value may leave the box 0..T by so much
LEAST_CHANGE = 1e-6
MOST_ROWS, MOST_VARIANTS = 2000, 200_000
CELLS_AT_ONCE = 2**24


@dataclass(frozen=True, eq=False)
class Rescored:
    """The changes after asking again: for each question its change, whether it names one, and whether the order flipped."""

    asked: Asked
    changed: Changed
    names_change: Bool
    solved: Bool

    def sizes(self) -> Float:
        """How many features the change touches [n]; P for questions not solved."""
        touched = self.changed.per_row(np.abs(self.changed.difference) > LEAST_CHANGE)
        return np.where(self.solved, touched, self.changed.after.n_columns)

    def norms(self, order: int) -> Float:
        """||delta||_1 or ||delta||_2 of each change [n], unsolved ones charged."""
        profile = self.changed.before.values.astype(np.float64)
        cost, unsolved = (self.changed.per_row(np.abs(c) ** order) ** (1 / order) for c in (self.changed.difference, profile))
        dearest = cost[self.solved].max(initial=0)
        return np.where(self.solved, cost, np.maximum(np.maximum(cost, unsolved), dearest))


def find_rescored(given: MetricInput) -> Rescored:
    """Ask again. Solved: after the change j scores strictly more than i, and every value stays within 0..T."""
    asked = given.once(find_asked)
    assert given.explanations is not None
    assert given.explanations.change is not None
    assert given.scores is not None
    changed = join(asked.profile, given.explanations.change.select(asked.rows))
    size = changed.per_row(np.abs(changed.difference) > LEAST_CHANGE)
    least, top = given.data.settings.bounds(given.explanations.side)[0], given.data.settings.max_rating
    outside = changed.per_row((changed.after.values < least - ROUNDING) | (changed.after.values > top + ROUNDING))
    margin = asked.margins(given.scores, np.arange(len(asked.rows)), changed.after)
    return Rescored(asked, changed, size > 0, (size > 0) & (outside == 0) & (margin < 0))


def find_irreducible(given: MetricInput) -> tuple[Int, Float]:
    """(users [m] of the questions looked at, 1 where solved and no single feature's change can be undone and still flip)."""
    assert given.scores is not None
    found = given.once(find_rescored)
    rows = some_rows(len(found.solved), MOST_ROWS, given.seed)
    touched = np.abs(found.changed.difference) > LEAST_CHANGE
    rows = rows[np.cumsum(found.changed.per_row(touched)[rows] * found.solved[rows]) <= MOST_VARIANTS]
    owner = found.changed.after.row_indices()
    cells = np.flatnonzero(touched & found.solved[owner] & np.isin(owner, rows))  # one variant for each
    variant, source = expand(found.changed.after, owner[cells])
    undone = source == np.repeat(cells, np.diff(variant.offsets))
    values = np.where(undone, found.changed.before.values[source], found.changed.after.values[source])
    profile = SparseRows(variant.offsets, variant.indices, values, variant.n_columns)
    still = found.asked.margins(given.scores, owner[cells], profile) < 0
    needless = np.bincount(owner[cells], weights=still, minlength=len(found.solved))
    return found.asked.users[rows], (found.solved & (needless == 0))[rows].astype(np.float64)


def find_distances(given: MetricInput) -> tuple[Int, Float]:
    """(users [m] of the questions looked at, Euclidean distance of f + delta to the nearest real profile of somebody else).

    A question that was not solved is charged with the largest of its own distance, the length of its profile (whoever wrote
    nothing is no farther away than that), and the largest distance of a solved one.
    """
    found = given.once(find_rescored)
    rows = some_rows(len(found.solved), MOST_ROWS, given.seed)
    side = found.asked.side
    real = given.data.user_features if side == "user" else given.data.item_features
    own = (found.asked.users if side == "user" else found.asked.items)[rows]
    nearest = _nearest(found.changed.after.select(rows), real, own)
    solved, profile = found.solved[rows], found.changed.before.values.astype(np.float64)
    charge = np.maximum(np.sqrt(found.changed.per_row(profile**2)[rows]), nearest[solved].max(initial=0))
    return found.asked.users[rows], np.where(solved, nearest, np.maximum(nearest, charge))


def _nearest(vectors: SparseRows, real: SparseRows, own: Int) -> Float:
    """Distance of each vector [m, P] to the nearest row of `real` [U, P] other than row own[m]."""
    shape, squares = real.shape, np.bincount(real.row_indices(), weights=real.values.astype(np.float64) ** 2, minlength=real.n_rows)
    cells = torch.from_numpy(np.stack([real.row_indices(), real.indices]))
    matrix = torch.sparse_coo_tensor(cells, torch.from_numpy(real.values.astype(np.float64)), shape, check_invariants=False)
    out = np.empty(vectors.n_rows, dtype=np.float64)
    at_once = max(1, CELLS_AT_ONCE // max(1, max(shape)))
    for start in range(0, vectors.n_rows, at_once):
        part = np.arange(start, min(start + at_once, vectors.n_rows))
        dense = vectors.select(part).dense().astype(np.float64)  # [b, P]
        square = squares[:, None] + (dense**2).sum(axis=1)[None, :] - 2 * (matrix @ torch.from_numpy(dense.T.copy())).numpy()
        square[own[part], np.arange(len(part))] = np.inf
        out[part] = np.sqrt(np.maximum(square.min(axis=0), 0))
    return out


class CounterfactualMetric(Metric):
    """Common to all: from changes of features, asked again, for pairs where the model puts i above j."""

    group = "counterfactual"
    sample = "top"
    needs = frozenset({"explanations", "change", "against", "scores"})
    at_k = False


class Validity(CounterfactualMetric):
    """Share of pairs whose order really flips: score(j) > score(i) after the change, all values within 0..T."""

    name, key, direction, headline = "validity", "validity", "higher", True

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.solved.astype(np.float64))


class Coverage(CounterfactualMetric):
    """Share of pairs for which a change is named at all, right or wrong."""

    name, key, direction = "coverage", "coverage", "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.names_change.astype(np.float64))


class SizeMedian(CounterfactualMetric):
    """Median over pairs of ||delta||_0, the number of features changed; P where the order did not flip."""

    name, key, direction = "size-median", "size_median", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A count a pair."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.sizes())

    def summary(self, values: Values) -> float:
        """The median."""
        return float(np.median(values.values))


class L1Mean(CounterfactualMetric):
    """Mean over pairs of ||delta||_1; where the order did not flip, at least ||f||_1 and the largest of those that did."""

    name, key, direction = "l1-mean", "l1_mean", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A norm a pair, in feature units."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.norms(1))


class L2Mean(CounterfactualMetric):
    """Mean over pairs of ||delta||_2; where the order did not flip, at least ||f||_2 and the largest of those that did."""

    name, key, direction = "l2-mean", "l2_mean", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A norm a pair, in feature units."""
        found = given.once(find_rescored)
        return Values(found.asked.users, found.norms(2))


class Irreducibility(CounterfactualMetric):
    """Share of pairs that flip, and no longer do when any single feature's change is undone (at most 2,000 pairs are tried)."""

    name, key, direction = "irreducibility", "irreducibility", "higher"

    def values(self, given: MetricInput) -> Values:
        """1 or 0 a pair."""
        return Values(*find_irreducible(given))


class Plausibility(CounterfactualMetric):
    """Mean of min over other users v of ||f_u + delta - f_v||_2 (items where f_i is changed): how far from anybody real.

    Where the order did not flip, at least the length of the profile and the largest of those that did. At most 2,000 pairs are
    tried.
    """

    name, key, direction = "plausibility", "plausibility", "lower"
    range = (0.0, math.inf)

    def values(self, given: MetricInput) -> Values:
        """A distance a pair, in feature units."""
        return Values(*find_distances(given))


@hookimpl
def pyexplain_metrics() -> list[type[Metric]]:
    """The counterfactual metrics."""
    return [Validity, Coverage, SizeMedian, L1Mean, L2Mean, Irreducibility, Plausibility]
