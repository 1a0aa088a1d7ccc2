"""Counterfactuals for many pairs: solved in batches, pruned, scored again by the model itself, failures kept and named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..data.sparse import SparseRows, exact_change
from ..data.types import Dataset
from ..margin.margin import Margin
from ..recommenders.base import Recommender
from .problem import Problem, make_problem
from .saving import savings
from .settings import SolverSettings
from .stages import smallest_change
from .types import Explanations, turned_around

Int = npt.NDArray[np.int64]
COPIES = 20  # dense rows [P] that a pair needs at a time: features, box, gradient, deltas and the step's own
MOST_ROWS = 4096

__all__ = ["SolverSettings", "solve"]


def _silent(label: str, done: int, total: int) -> None:
    """Nobody listens."""


def solve(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    against: Int,
    settings: SolverSettings | None = None,
    *,
    method: str = "counterfactual",
    side: str = "user",
    allowed: npt.NDArray[np.bool_] | None = None,
    max_memory: int = 512 * 2**20,
    progress: Callable[[str, int, int], None] = _silent,
) -> Explanations:
    """The smallest changes of f_u (side "user"; paper, eq. (9)) at which users prefer j = against [n] to i, for pairs (u, i)
    [n, 2]; or the smallest reductions of f_i (side "item"; Tan et al., CIKM 2021) at which i falls behind j.

    allowed [P]: features that may change. weights: the saving of each feature, the share of i's lead that it carries (saving.py);
    where a user prefers j already, all weights are 0.
    valid: i was ahead, and j is when the recommender is asked again; the others are in the result with the smallest margin
    reached and a note, never left out.
    """
    settings = settings or SolverSettings()
    size = max(1, min(MOST_ROWS, max_memory // (4 * COPIES * max(1, data.n_features))))
    parts = []
    for at in range(0, len(pairs), size):
        rows = slice(at, at + size)
        margin = Margin.of(recommender, data, pairs[rows], against[rows], side=side, max_memory=max_memory)
        parts.append(_solve_batch(make_problem(margin, allowed), settings))
        progress("explaining", min(at + size, len(pairs)), len(pairs))
    weights, change, before, after = _joined(parts, data.n_features)
    valid = turned_around(before, after)
    notes = tuple(map(note, before.tolist(), after.tolist(), np.diff(data.user_features.offsets)[pairs[:, 0]].tolist()))
    space = data.features.fingerprint
    return Explanations(method, pairs[:, 0], pairs[:, 1], weights, space, against, change, before, after, valid, side, notes)


Part = tuple[SparseRows, SparseRows, npt.NDArray[np.float32], npt.NDArray[np.float32]]


def _solve_batch(problem: Problem, settings: SolverSettings) -> Part:
    tangent = problem.function.tangent()
    change = exact_change(problem.rows, SparseRows.from_dense(smallest_change(problem, settings, tangent).cpu().numpy()))
    after = tangent.value.clone()
    rows = (tangent.value >= 0).nonzero()[:, 0]
    after[rows] = problem.asked_again(rows, change.select(rows.cpu().numpy()))
    return savings(problem, tangent), change, tangent.value.cpu().numpy(), after.cpu().numpy()


def _joined(parts: list[Part], n_features: int) -> Part:
    if not parts:
        empty = SparseRows.empty((0, n_features))
        return empty, empty, np.zeros(0, np.float32), np.zeros(0, np.float32)
    rows = [_stack([part[k] for part in parts], n_features) for k in (0, 1)]  # type: ignore[misc]
    margins = [np.concatenate([part[k] for part in parts]) for k in (2, 3)]  # type: ignore[misc]
    return rows[0], rows[1], margins[0], margins[1]


def _stack(parts: list[SparseRows], n_features: int) -> SparseRows:
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(part.offsets) for part in parts]))])
    indices, values = np.concatenate([p.indices for p in parts]), np.concatenate([p.values for p in parts])
    return SparseRows(offsets.astype(np.int64), indices, values, n_features)


def note(before: float, after: float, known: int) -> str:
    """What has to be said of a pair: margins before and after, and how many features of the user are known; "" for nothing."""
    cold = "nothing is known of what this user writes about; " if known == 0 else ""
    if before < 0:
        return cold + "the other item is ahead already"
    if before == 0:
        return cold + "the model scores both items alike"
    if after >= 0:
        return cold + f"no allowed change turns the order around; the smallest margin reached is {after:.3f}"
    return cold.removesuffix("; ")
