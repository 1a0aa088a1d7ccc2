"""Counterfactuals of linear margins within the user's own features: slopes are all that is needed, and what is found is proved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows
from ...margin.margin import Margin
from .problem import FLIPPED, Solved
from .restricted import flipped_linearly
from .settings import Box, SolverSettings
from .working_set import MANY, WorkingSet, hardest_features

Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int64]
SLACK = 1e-3  # of the margin to win by: rounding


def solve_own_parts(value: Tensor, rows: SparseRows, work: WorkingSet, settings: SolverSettings) -> Solved:
    """The cheapest change of what each user has and may change, rows [n, P], by the slopes of margins that are linear, value [n];
    work: these features. None for a user who prefers j. Where nothing flips, the one with the smallest margin."""
    change, reached = _cheapest(value, rows, work, settings)
    proved = proved_of(change, reached, work.box, settings)
    return Solved(change, rows.with_values(work.gradient.cpu().numpy() * rows.values), value, proved)


def _cheapest(value: Tensor, rows: SparseRows, work: WorkingSet, settings: SolverSettings) -> tuple[SparseRows, Float]:
    """Changes [n, P] and the margins with them [n], -inf for who prefers j already."""
    with torch.no_grad():
        found = flipped_linearly(value, work, settings)
    delta, reached, before = (part.cpu().numpy() for part in (*found, value))
    better = (before >= 0) & (reached < before)
    change = rows.with_values(delta).where((delta != 0) & better[rows.row_indices()])
    return change, np.where(before < 0, -np.inf, np.where(better, reached, before)).astype(np.float32)


def solve_by_slopes(margin: Margin, settings: SolverSettings, box: Box) -> Solved:
    """The same, by the slopes that a margin has in the cells of its features (`Margin.slopes`), then where that is not enough, and
    more may change, among the features that pull hardest of all; nothing is of the size n x P."""
    slopes, device = margin.slopes, margin.recommender.device
    assert slopes is not None
    rows = box.own(margin.features)
    gradient = torch.from_numpy(slopes[box.falling(margin.features)]).float().to(device)
    there = margin.there if rows is margin.features else rows.tensors(device)
    value = torch.from_numpy(margin.value()).float().to(device)
    if settings.own == "only":
        return solve_own_parts(value, rows, WorkingSet.of(there, gradient, box), settings)
    carried = rows.with_values(gradient.cpu().numpy() * rows.values)
    change, proved = SparseRows.empty(rows.shape), None
    reached = np.where(value.cpu().numpy() < 0, -np.inf, value.cpu().numpy())
    if settings.own != "any":
        change, reached = _cheapest(value, rows, WorkingSet.of(there, gradient, box), settings)
        proved = proved_of(change, reached, box, settings)
    left = np.flatnonzero(reached >= FLIPPED)
    if len(left):
        change = _widened(margin, value, left, change, reached, settings, box)
    return Solved(change, carried, value, proved)


def _widened(
    margin: Margin, value: Tensor, left: Int, change: SparseRows, reached: Float, settings: SolverSettings, box: Box
) -> SparseRows:
    """Changes [n, P] with those of the rows `left` by all features that may change, where they reach further."""
    part = margin.select(left)
    with torch.no_grad():
        work = _by_column(hardest_features(part.slopes_in, part.there, box, MANY))
    found, further = _cheapest(value[torch.from_numpy(left).to(value.device)], work.has.arrays(), work, settings)
    better = np.zeros(len(reached), dtype=bool)
    better[left] = further < reached[left]
    place = np.full(len(reached), -1)
    place[left] = np.arange(len(left))
    both = SparseRows.stacked([change, found])
    return both.select(np.where(better, len(reached) + place, np.arange(len(reached))))


def _by_column(work: WorkingSet) -> WorkingSet:
    """The same set, the features of each row in the order of their columns."""
    has = work.has
    order = torch.argsort(has.row_indices() * has.n_columns + has.indices)
    return WorkingSet.of(
        SparseRows(has.offsets, has.indices[order], has.values[order], has.n_columns), work.gradient[order], work.box
    )


def proved_of(change: SparseRows, margin: Float, box: Box, settings: SolverSettings) -> Bool:
    """Of rows whose margin is linear, after all own features were looked at: where nothing cheaper wins by settings.margin, and
    where nothing flips and no other feature may change [n]. margin [n]: with the change; -inf: who prefers j already. Parts that go
    whole need not win by so much (mixed.py)."""
    wins = margin <= -max(settings.margin, -2 * FLIPPED) * (1 - SLACK)
    if box.whole is not None:
        parts = np.bincount(change.row_indices()[~box.whole[change.indices]], minlength=len(margin))
        wins |= (margin < FLIPPED) & (parts == 0)
    found: Bool = np.isfinite(margin) & (wins | ((margin >= 0) & (settings.own == "only")))
    return found
