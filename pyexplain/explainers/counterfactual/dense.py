"""Counterfactuals of any recommender that offers gradients, over all P features at a time; and the published solver, for all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows
from ...margin.margin import Margin
from .adam import solve_adam
from .linear import solve_linearized
from .mixed import solve_mixed
from .problem import FLIPPED, Problem, Solved, make_problem, within_own
from .prune import prune
from .settings import SolverSettings


def solve_dense(margin: Margin, settings: SolverSettings, allowed: npt.NDArray[np.bool_] | None) -> Solved:
    """A change for each pair, as by solve_affine. With the published solver any feature changes, and nothing is taken back."""
    problem = make_problem(margin, allowed)
    value, gradient = margin.value_and_gradient()
    there = value < 0
    if settings.solver == "adam":
        delta = solve_adam(problem, settings).masked_fill_(there[:, None], 0)
        if problem.whole is not None:  # it knows no parts that go whole: those that it takes away by more than half
            delta = torch.where(problem.whole, torch.where(delta < problem.low / 2, problem.low, 0), delta)
    else:
        delta = _from_own_to_all(problem, settings, value.masked_fill(there, -torch.inf))
    rows = margin.features.tensors(value.device)
    cells = rows.row_indices(), rows.indices
    carried = SparseRows(rows.offsets, rows.indices, gradient[cells] * -problem.low[cells], rows.n_columns)
    return Solved(SparseRows.from_dense(delta.cpu().numpy()), carried.arrays(), value)


def _from_own_to_all(problem: Problem, settings: SolverSettings, reached: Tensor) -> Tensor:
    """delta [n, P] for rows whose smallest margin so far is reached [n]."""
    best = torch.zeros_like(problem.features)
    own = settings.own != "any" and problem.side == "user"
    for own_alone in [True] * own + [False] * (not own or settings.own == "first"):
        rows = (reached >= FLIPPED).nonzero()[:, 0]
        if len(rows):
            part = within_own(problem.select(rows)) if own_alone else problem.select(rows)
            delta = _solved(part, settings)
            margin = part.margin(delta)
            better = margin < reached[rows]
            best[rows[better]], reached[rows[better]] = delta[better], margin[better]
    return best


def _solved(problem: Problem, settings: SolverSettings) -> Tensor:
    if problem.whole is None:
        return prune(problem, solve_linearized(problem, settings), settings)
    return solve_mixed(problem, problem.whole & (problem.low < 0), problem.unit, settings)
