"""Counterfactuals of a black box: only scores are asked for, in batches, and each pair has a budget of questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data.sparse import SparseRows, apply_change, exact_change
from ...data.types import Dataset
from ...errors import UsageError
from ...margin.margin import Margin
from ...recommenders.base import Recommender
from ..types import Explanations, turned_around
from .columns import put_rows
from .problem import FLIPPED
from .questions import Moves, as_rows, single_moves
from .solve import SMALLEST, note

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
PAIRS_AT_ONCE = 256


@dataclass(frozen=True)
class QuerySettings:
    """budget: questions a pair, at most, each the difference of two scores. others: features beyond the user's own that are
    combined, the most promising ones. halvings: steps of each bisection that makes a change smaller. own: as for SolverSettings.
    """

    budget: int = 600
    others: int = 12
    halvings: int = 6
    own: str = "first"

    def __post_init__(self) -> None:
        if self.budget < 2 or self.others < 1 or self.halvings < 0 or self.own not in ("first", "only"):
            raise UsageError(
                f"wanted budget >= 2, others >= 1, halvings >= 0, own first or only; got {self}", where="questions of a black box"
            )


def solve_by_questions(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    against: Int,
    settings: QuerySettings | None = None,
    *,
    method: str = "black-box",
    allowed: npt.NDArray[np.bool_] | None = None,
    max_memory: int = 512 * 2**20,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> tuple[Explanations, Int]:
    """Small changes of f_u at which users prefer j = against [n] to i, for pairs (u, i) [n, 2], and the questions asked [n].

    Each feature that the user has is moved alone, down to 0 and up to the largest value; moves are added, the best first, until
    the order flips; what the flip does not need is taken back, and what is left is made smaller by bisection. Where that does not
    flip the order, features that the user never wrote about are tried too. The result is what solve() gives: the order is asked
    again at the end, and pairs without a flip stay in it with the smallest margin seen. A pair's result does not depend on the
    others.
    """
    settings = settings or QuerySettings()
    parts = []
    for at in range(0, len(pairs), PAIRS_AT_ONCE):
        rows = slice(at, at + PAIRS_AT_ONCE)
        margin = Margin.of(recommender, data, pairs[rows], against[rows], max_memory=max_memory)
        parts.append(_Search(margin, settings, allowed).run())
        progress("asking", min(at + PAIRS_AT_ONCE, len(pairs)), len(pairs))
    shape = len(pairs), data.n_features
    change, weights = _stacked([part[0] for part in parts], shape), _stacked([part[1] for part in parts], shape)
    before, after = (np.concatenate([part[k] for part in parts] or [np.zeros(0)]).astype(np.float32) for k in (2, 3))
    questions = np.concatenate([part[4] for part in parts] or [np.zeros(0, np.int64)])
    notes = tuple(map(note, before.tolist(), after.tolist(), np.diff(data.user_features.offsets)[pairs[:, 0]].tolist()))
    space = data.features.fingerprint
    valid = turned_around(before, after)
    found = Explanations(method, pairs[:, 0], pairs[:, 1], weights, space, against, change, before, after, valid, "user", notes)
    return found, questions


class _Search:
    """One batch of pairs."""

    def __init__(self, margin: Margin, settings: QuerySettings, allowed: npt.NDArray[np.bool_] | None) -> None:
        self.moves = Moves(margin, allowed, settings.budget)
        self.settings, n = settings, len(margin)
        every = np.arange(n)
        self.before = self.moves.ask(every, np.zeros((n, 1), np.int64), np.zeros((n, 1)))
        self.open = np.flatnonzero(self.before >= 0)  # a user who prefers j already needs no change
        self.change = SparseRows.empty(margin.features.shape)
        self.margin = self.before.copy()
        self.lost = SparseRows.empty(margin.features.shape)  # by how much each own feature brings the margin down, taken away

    def run(self) -> tuple[SparseRows, SparseRows, Float, Float, Int]:
        """change, weights, margins before and after, questions."""
        columns = self.moves.own()[self.open]
        corners, drops = single_moves(self.moves, self.open, columns, self.before[self.open])
        alone = as_rows(columns, np.where(corners < 0, drops, 0), self.change.n_columns)
        self.lost = put_rows(self.lost, self.open, alone)
        self._combine(self.open, columns, corners, drops)
        if self.settings.own == "first":
            rows = np.flatnonzero(self.margin[self.open] >= FLIPPED)
            if len(rows):
                self._wider(self.open[rows], columns[rows], corners[rows], drops[rows])
        change = exact_change(self.moves.f_u, self.change)
        after = self._again(change)
        return change, self._weights(), self.before, after, self.moves.asked

    def _wider(self, rows: Int, columns: Int, corners: Float, drops: Float) -> None:
        """With the features that bring the margin down most among those that the user never wrote about."""
        others = self.moves.others(rows)
        more = others, *single_moves(self.moves, rows, others, self.before[rows])
        best = np.argsort(-more[2], axis=1, kind="stable")[:, : self.settings.others]
        chosen = [np.take_along_axis(part, best, axis=1) for part in more]
        wide = (np.concatenate([a, b], axis=1) for a, b in zip((columns, corners, drops), chosen, strict=True))
        self._combine(rows, *wide)

    def _combine(self, rows: Int, columns: Int, corners: Float, drops: Float) -> None:
        """Moves [m, S] added up in the order of what each does alone, until the order flips; pruned and made smaller."""
        order = np.argsort(-drops, axis=1, kind="stable")
        columns = np.take_along_axis(columns, order, axis=1)
        corners, drops = np.take_along_axis(corners, order, axis=1), np.take_along_axis(drops, order, axis=1)
        amounts, best = np.zeros_like(corners), self.margin[rows].copy()
        going = np.ones(len(rows), dtype=bool)
        trial = np.zeros_like(corners)
        for place in range(columns.shape[1]):
            going &= (drops[:, place] > 0) & self.moves.may_ask(rows)
            part = np.flatnonzero(going)
            if not len(part):
                break
            trial[part, place] = corners[part, place]
            reached = self.moves.ask(rows[part], columns[part], trial[part])
            lower = reached < best[part]
            trial[part[~lower], place] = 0  # a move that does not help beside the others is left out
            amounts[part[lower]], best[part[lower]] = trial[part[lower]], reached[lower]
            going[part[reached < FLIPPED]] = False
        self._descend(rows, columns, amounts, best)
        flipped = np.flatnonzero(best < FLIPPED)
        if len(flipped):
            amounts[flipped], best[flipped] = self._smaller(rows[flipped], columns[flipped], amounts[flipped], best[flipped])
        better = np.flatnonzero(best < self.margin[rows])
        self.change = put_rows(self.change, rows[better], as_rows(columns[better], amounts[better], self.change.n_columns))
        self.margin[rows[better]] = best[better]

    def _descend(self, rows: Int, columns: Int, amounts: Float, best: Float) -> None:
        """Where moves judged alone do not do together: from where they lead, each feature in turn goes to the end of its box, or
        back, that brings the margin down, until none does. Changes amounts [m, S] and best [m]."""
        ends = self.moves.ends(rows, columns)
        going = best >= FLIPPED
        while going.any():
            start = best.copy()
            for place in range(columns.shape[1]):
                for end in (*ends, np.zeros_like(amounts)):
                    able = going & (best >= FLIPPED) & (amounts[:, place] != end[:, place]) & self.moves.may_ask(rows)
                    part = np.flatnonzero(able)
                    if len(part):
                        trial = amounts[part].copy()
                        trial[:, place] = end[part, place]
                        reached = self.moves.ask(rows[part], columns[part], trial)
                        lower = reached < best[part]
                        amounts[part[lower]], best[part[lower]] = trial[lower], reached[lower]
            going &= (best >= FLIPPED) & (best < start) & self.moves.may_ask(rows)

    def _smaller(self, rows: Int, columns: Int, amounts: Float, margin: Float) -> tuple[Float, Float]:
        """Each move in turn taken back where the order stays flipped, and then the rest halved towards zero where it does."""
        low = np.zeros_like(amounts)  # the lower end of each bisection
        for share in (0.0, *([0.5] * self.settings.halvings)):
            for place in reversed(range(amounts.shape[1])):  # what was added last does least
                able = (amounts[:, place] != low[:, place]) & self.moves.may_ask(rows)
                if share:
                    able &= ~self.moves.goes_whole(columns[:, place])  # nothing between
                part = np.flatnonzero(able)
                if not len(part):
                    continue
                trial = amounts[part].copy()
                trial[:, place] = low[part, place] + share * (amounts[part, place] - low[part, place])
                reached = self.moves.ask(rows[part], columns[part], trial)
                kept = reached < FLIPPED
                amounts[part[kept]], margin[part[kept]] = trial[kept], reached[kept]
                if share:
                    low[part[~kept], place] = trial[~kept, place]
        return amounts, margin

    def _again(self, change: SparseRows) -> Float:
        """The margin at f_u + change, by the recommender itself."""
        return self.moves.whole(apply_change(self.moves.f_u, change))

    def _weights(self) -> SparseRows:
        """The share of the lead that is gone without each feature: not to first order, as in solve.py, but as it was asked for."""
        lost = self.lost.where(self.before[self.lost.row_indices()] > 0)
        share = lost.values / np.maximum(self.before, SMALLEST)[lost.row_indices()]
        return SparseRows(lost.offsets, lost.indices, share.astype(np.float32), lost.n_columns)


def _stacked(parts: list[SparseRows], shape: tuple[int, int]) -> SparseRows:
    if not parts:
        return SparseRows.empty(shape)
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return SparseRows(offsets, np.concatenate([p.indices for p in parts]), np.concatenate([p.values for p in parts]), shape[1])
