"""Counterfactuals for many pairs: solved in batches, scored again by the model itself, failures kept and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ...data.sparse import SparseRows, apply_change, exact_change
from ...data.types import Dataset
from ...margin.margin import Margin
from ...ops import rows_at_once
from ...recommenders.base import Recommender
from ..types import Counterfactual, Explanations, turned_around
from .affine import goes_by_slopes, solve_affine
from .dense import solve_dense
from .settings import SolverSettings

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
COPIES = 20  # dense rows [P] that a pair needs at a time where all P are looked at: features, box, gradient, deltas, the step's own
SEEN = 12  # what goes into the hidden layer, and what comes out of it, of a pair where they are not
MOST_ROWS, FEW = 4096, 64  # few pairs are not worth a question about their size
MOST_ON_A_GPU, MEMORY_OF_A_GPU = (
    65_536,
    2**32,
)  # a batch, whose launches and waits are the same for any size; of the card's own memory
SMALLEST = 1e-6  # margins below this are ties: shares of them say nothing

__all__ = ["SolverSettings", "solve", "solve_margin"]


def _silent(label: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""


def solve(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    against: Int,
    settings: SolverSettings | None = None,
    *,
    method: str = "counterfactual",
    side: str = "user",
    allowed: Bool | None = None,
    max_memory: int = 512 * 2**20,
    progress: Callable[[str, int, int], None] = _silent,
) -> Explanations:
    """The smallest changes of f_u (side "user"; paper, eq. (9)) at which users prefer j = against [n] to i, for pairs (u, i)
    [n, 2]; or the smallest reductions of f_i (side "item"; Tan et al., CIKM 2021) at which i falls behind j.

    allowed [P]: features that may change. weights: gradient times input, as the share of i's lead that each feature carries;
    where a user prefers j already, all weights are 0.
    valid: i was ahead, and j is when the recommender is asked again; the others are in the result with the smallest margin
    reached and a note, never left out. proved: of margins that are linear in f_u, within the user's own features, that no cheaper
    change (l1 ||delta||_1 + l2 ||delta||_2^2) puts j ahead by settings.margin, or that none puts j ahead.
    """
    margin = Margin.of(recommender, data, pairs, against, side=side, max_memory=max_memory)
    return solve_margin(margin, settings, method=method, allowed=allowed, progress=progress)


def solve_margin(
    margin: Margin,
    settings: SolverSettings | None = None,
    *,
    method: str = "counterfactual",
    allowed: Bool | None = None,
    weights: SparseRows | None = None,
    progress: Callable[[str, int, int], None] = _silent,
) -> Explanations:
    """The same of a margin that is at hand, with what is known of it. weights [n, P]: instead of gradient times input."""
    settings, parts, n = settings or SolverSettings(), [], len(margin)
    size = _rows_at_once(margin, settings)
    for at in range(0, n, size):
        part = margin if n <= size else margin.select(np.arange(at, min(at + size, n)))
        parts.append(_solve_batch(part, settings, allowed, weights is None))
        progress("explaining", min(at + size, n), n)
    found = _joined(parts, margin.features.n_columns)
    valid = turned_around(found.before, found.after)
    proved = found.proved & (valid | ((found.before > 0) & (found.after >= 0)))
    notes = notes_of(found.before, found.after, np.diff(margin.data.user_features.offsets)[margin.users])
    change = Counterfactual(found.change, found.before, found.after, valid, proved=proved if margin.is_affine else None)
    asked = margin.users, margin.items, found.weights if weights is None else weights, margin.data.features.fingerprint
    return Explanations(method, *asked, margin.against, side=margin.side, notes=notes, counterfactual=change)


class Part(NamedTuple):
    """Of a batch: weights, change, margins before and after, and what is proved."""

    weights: SparseRows
    change: SparseRows
    before: Float
    after: Float
    proved: Bool


def _rows_at_once(margin: Margin, settings: SolverSettings) -> int:
    floats = COPIES * max(1, margin.features.n_columns)
    if _is_restricted(margin, settings):
        if len(margin) <= FEW or goes_by_slopes(margin, settings):
            return max(FEW, min(len(margin), MOST_ROWS))
        users, items, _ = (indices[:1] for indices in margin.select([0]).indices)
        side = margin.recommender.user_side(users, items)
        floats = SEEN * (len(side.readout) + side.gate.shape[1])
    most = rows_at_once(MOST_ON_A_GPU, MOST_ROWS, margin.recommender.device)
    memory = rows_at_once(max(margin.max_memory, MEMORY_OF_A_GPU), margin.max_memory, margin.recommender.device)
    return max(1, min(most, memory // (4 * floats)))


def _is_restricted(margin: Margin, settings: SolverSettings) -> bool:
    """Whether it is solved within a few features at a time."""
    return margin.is_affine and settings.solver == "linearized"


def _solve_batch(margin: Margin, settings: SolverSettings, allowed: Bool | None, weighed: bool) -> Part:
    found = (solve_affine if _is_restricted(margin, settings) else solve_dense)(margin, settings, allowed)
    change = exact_change(margin.features, found.change)
    before = found.margin.cpu().numpy()
    rows, after = np.flatnonzero(before >= 0), before.copy()
    after[rows] = _asked_again(margin, rows, change.select(rows))
    proved = np.zeros(len(before), dtype=bool) if found.proved is None else found.proved
    weights = gradient_times_input(found.carried, before) if weighed else found.carried
    return Part(weights, change, before, after, proved)


def _asked_again(margin: Margin, rows: Int, change: SparseRows) -> Float:
    """The margin [m] by the recommender's own scores, not by any shortcut, of some rows [m] once their features are changed."""
    changed = margin.handed(apply_change(margin.features.select(rows), change))
    with torch.no_grad():
        found: Float = margin.at(changed, rows).cpu().numpy()
    return found


def _joined(parts: list[Part], n_features: int) -> Part:
    """The rows of all parts under each other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        nothing, none = SparseRows.empty((0, n_features)), np.zeros(0, np.float32)
        return Part(nothing, nothing, none, none, np.zeros(0, dtype=bool))
    weights, changes = (SparseRows.stacked([getattr(part, name) for part in parts]) for name in ("weights", "change"))
    return Part(
        weights, changes, *(np.concatenate([getattr(part, name) for part in parts]) for name in ("before", "after", "proved"))
    )


def gradient_times_input(carried: SparseRows, margin: Float) -> SparseRows:
    """Weights [n, P] >= 0, larger = matters more, of gradient times input g_k f_k [n, P] and margins [n].

    A weight is the share of the lead that taking the feature away whole would bring, max(0, g_k f_k) / margin, to first order;
    1 = all of it; 0 where it may not be taken away. A feature that the change makes larger speaks for j and carries nothing: it is
    in the change alone. Rows without a lead to turn around are 0.
    """
    lead = margin[carried.row_indices()]
    kept = carried.where((carried.values > 0) & (lead > 0))
    share = kept.values / np.maximum(margin[kept.row_indices()], np.float32(SMALLEST))
    return SparseRows(kept.offsets, kept.indices, share.astype(np.float32, copy=False), kept.n_columns)


def notes_of(before: npt.NDArray[np.floating], after: npt.NDArray[np.floating], known: Int) -> tuple[str, ...]:
    """note() of each pair [n]; there is something to say of few."""
    out = [""] * len(before)
    for row in np.flatnonzero(~(turned_around(before, after) & (known > 0))).tolist():
        out[row] = note(float(before[row]), float(after[row]), int(known[row]))
    return tuple(out)


def note(before: float, after: float, known: int) -> str:
    """What has to be said of a pair: margins before and after, and how many features of the user are known; "" for nothing."""
    cold = "nothing is known of what this user writes about; " if known == 0 else ""
    if before < 0:
        return cold + "the other item is ahead already"
    if before == 0:
        return cold + "the model scores both items alike"
    if after >= 0:
        return cold + f"no allowed change turns the order around; the smallest margin reached is {after:.3g}"
    return cold.removesuffix("; ")
