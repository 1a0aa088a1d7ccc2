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
from .working_set import WorkingSet

Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float32]
SLACK = 1e-3  # of the margin to win by: rounding


def solve_own_parts(value: Tensor, rows: SparseRows, work: WorkingSet, settings: SolverSettings) -> Solved:
    """The cheapest change of what each user has and may change, rows [n, P], by the slopes of margins that are linear, value [n];
    work: these features. None for a user who prefers j. Where nothing flips, the one with the smallest margin."""
    with torch.no_grad():
        found = flipped_linearly(value, work, settings)
    delta, reached, before, gradient = (part.cpu().numpy() for part in (*found, value, work.gradient))
    better = (before >= 0) & (reached < before)
    change = rows.with_values(delta).where((delta != 0) & better[rows.row_indices()])
    proved = proved_of(change, np.where(before < 0, -np.inf, np.where(better, reached, before)), work.box, settings)
    return Solved(change, rows.with_values(gradient * rows.values), value, proved)


def solve_by_slopes(margin: Margin, settings: SolverSettings, box: Box) -> Solved:
    """The same, by the slopes that a margin has in the cells of its features (`Margin.slopes`); nothing is of the size n x P."""
    slopes, device = margin.slopes, margin.recommender.device
    assert slopes is not None
    rows = box.own(margin.features)
    gradient = torch.from_numpy(slopes[box.falling(margin.features)]).float().to(device)
    there = margin.there if rows is margin.features else rows.tensors(device)
    value = torch.from_numpy(margin.value()).float().to(device)
    return solve_own_parts(value, rows, WorkingSet.of(there, gradient, box), settings)


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
