"""The search for a change that the whole catalogue agrees with: the items that stand between become constraints, one after the
other, and what is found is scored against all items again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows, apply_change, exact_change
from ...data.types import Dataset
from ...recommenders.base import GRADIENTS, LINEAR_USER_SIDE, Recommender
from ..order import Order, first
from ..types import NO_ITEM, Explanations
from .columns import ColumnFinder, Columns, put_rows, stacked
from .item_scores import ItemScores, ScaledScores, item_scores, known_by_slopes
from .rivals import Rivals, solve_rivals
from .settings import Box, SolverSettings

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float32]
ROUNDS = 12  # of scoring the catalogue again
MORE = 3  # items that become constraints at a time, at most
COPIES = 6  # of what the hidden layer holds for a row, its items and features


class Competing:
    """Changes at which the other item is first (leaves = 0), or the item of the pair is not among the first `leaves`."""

    def __init__(
        self,
        recommender: Recommender,
        data: Dataset,
        order: Order,
        leaves: int,
        settings: SolverSettings,
        allowed: Bool | None,
        max_memory: int,
    ) -> None:
        self.recommender, self.data, self.order, self.leaves = recommender, data, order, leaves
        self.settings, self.max_memory, self.box = settings, max_memory, Box.of(data, allowed)

    def solve(
        self, pairs: Int, against: Int, change: SparseRows, wanted: Bool, solve_pair: Callable[[Int, Int], Explanations]
    ) -> SparseRows:
        """The change [n, P] of f_u of each pair: one that reaches what is wanted where one was found, what was handed in elsewhere.

        change [n, P]: at which j = against [n] is above i. solve_pair: gives that for any pairs,
        among the features that are to be tried first."""
        open_ = np.flatnonzero(wanted)
        hero = pairs[:, 1] if self.leaves else against
        if self.leaves:
            passing, far = self._has_to_pass(pairs[open_])
            open_, passing = open_[far], passing[far]
            rivals, last = passing, passing[:, -1]
        else:
            rivals, last = pairs[open_, 1][:, None], against[open_]
        start = solve_pair(pairs[open_], last).change
        assert start is not None
        start = put_rows(change, open_, start)
        again, rivals = self._still_open(pairs, hero, start, open_, rivals)
        done = np.setdiff1d(open_, again)
        change, open_ = put_rows(change, done, start.select(done)), again
        stages = [True] * (self.settings.own != "any") + [False] * (self.settings.own != "only")
        for own in stages:
            if len(open_) and (own or GRADIENTS in self.recommender.offers):
                change, open_, rivals = self._stage(pairs, hero, change, open_, rivals, own)
        if self.leaves:  # others may take the place of those that were made to pass: less may do
            rows = np.flatnonzero(wanted)
            missed = self._still_open(pairs, hero, change, rows, np.full((len(rows), 1), NO_ITEM))[0]
            change = self._less(pairs, hero, change, np.setdiff1d(rows, missed))
        return change

    def _less(self, pairs: Int, hero: Int, change: SparseRows, rows: Int) -> SparseRows:
        """Single features of the changes of rows [m] put back while the catalogue agrees, the largest first, until none can be."""
        before = np.zeros(0)
        while not np.array_equal(before, now := np.diff(change.offsets)[rows]):
            before, change = now, self._less_once(pairs, hero, change, rows)
        return change

    def _less_once(self, pairs: Int, hero: Int, change: SparseRows, rows: Int) -> SparseRows:
        for place in range(int(np.diff(change.offsets)[rows].max(initial=0))):
            rows = rows[np.diff(change.offsets)[rows] > 1]
            here = change.select(rows)
            order = np.lexsort((-np.abs(here.values), here.row_indices()))
            nth = order[np.minimum(here.offsets[:-1] + place, np.maximum(here.offsets[1:] - 1, 0))]
            kept = np.ones(len(here.values), dtype=bool)
            kept[nth] = False
            offsets = here.offsets - np.arange(len(rows) + 1)
            without = SparseRows(offsets, here.indices[kept], here.values[kept], here.n_columns)
            bad = self._still_open(pairs[rows], hero[rows], without, np.arange(len(rows)), np.full((len(rows), 1), NO_ITEM))[0]
            done = np.setdiff1d(np.arange(len(rows)), bad)
            change = put_rows(change, rows[done], without.select(done))
        return change

    def _stage(self, pairs: Int, hero: Int, change: SparseRows, open_: Int, rivals: Int, own: bool) -> tuple[SparseRows, Int, Int]:
        """With the user's own features or with others too: the changes found, who is left without one, and their constraints."""
        left, kept = [open_[:0]], [rivals[:0]]
        columns = self._columns(pairs[open_], hero[open_], rivals, own)
        for _ in range(ROUNDS):
            if not len(open_):
                break
            delta, reached = self._solved(pairs[open_, 0], hero[open_], rivals, columns)
            left.append(open_[~reached])
            kept.append(rivals[~reached])
            open_, rivals = open_[reached], rivals[reached]
            columns, delta = columns.select(reached), delta[reached]
            tried = self._as_rows(pairs[open_, 0], columns.columns, delta)
            again, wider = self._still_open(pairs[open_], hero[open_], tried, np.arange(len(open_)), rivals)
            done = np.setdiff1d(np.arange(len(open_)), again)
            change = put_rows(change, open_[done], tried.select(done))
            open_, rivals, columns = open_[again], wider, columns.select(again)
        left.append(open_)
        kept.append(rivals)
        return change, np.concatenate(left), stacked(kept)

    def _columns(self, pairs: Int, hero: Int, rivals: Int, own: bool) -> Columns:
        """Those that can do most for the hero and the last item that is known to be in the way."""
        last = rivals[np.arange(len(rivals)), rivals.shape[1] - 1 - (rivals[:, ::-1] >= 0).argmax(axis=1)]
        last = np.where(last < 0, pairs[:, 1], last)
        ahead, behind = (hero, last) if self.leaves else (last, hero)
        finder = ColumnFinder(self.recommender, self.data, self.box, self.max_memory)
        return finder.find(np.stack([pairs[:, 0], ahead], axis=1), behind, own)

    def _solved(self, users: Int, hero: Int, rivals: Int, columns: Columns) -> tuple[Float, Bool]:
        """delta [n, S], and whether the constraints known so far hold [n]."""
        delta, reached = np.zeros(columns.columns.shape, np.float32), np.zeros(len(users), dtype=bool)
        size = self._rows_at_once(users, hero, rivals, columns.columns)
        for at in range(0, len(users), size):
            part = slice(at, at + size)
            items = np.concatenate([hero[part, None], np.where(rivals[part] < 0, hero[part, None], rivals[part])], axis=1)
            rows, mine = self.data.user_features.select(users[part]), (columns.columns, columns.low, columns.high)
            scores = item_scores(self.recommender, users[part], items, rows, columns.columns[part], self.max_memory)
            device = self.recommender.device
            real, chosen, least, most = (torch.from_numpy(a[part]).to(device) for a in (rivals >= 0, *mine))
            with torch.no_grad():
                found, worst = solve_rivals(self._rivals(scores, real, least, most, chosen), self.settings)
                found = found if self.box.whole is None else found / self._scale(least, chosen)
            delta[part], reached[part] = found.cpu().numpy(), (worst < 0).cpu().numpy()
        return delta, reached

    def _rivals(self, scores: ItemScores, real: Tensor, low: Tensor, high: Tensor, columns: Tensor) -> Rivals:
        """In units that cost alike: what is found is delta times the scale."""
        if self.box.whole is None:
            return Rivals(scores, real, low, high, bool(self.leaves))
        scale, whole = self._scale(low, columns), self.box.goes_whole(columns)
        return Rivals(ScaledScores(scores, scale), real, low * scale, high * scale, bool(self.leaves), whole)

    def _scale(self, low: Tensor, columns: Tensor) -> Tensor:
        whole = self.box.goes_whole(columns)
        assert whole is not None
        return torch.where(whole & (low < 0), self.box.unit / (-low).clamp_min(1e-12), 1.0)

    def _rows_at_once(self, users: Int, hero: Int, rivals: Int, columns: Int) -> int:
        width = 1
        if LINEAR_USER_SIDE in self.recommender.offers and not known_by_slopes(self.recommender, self.data.n_features):
            pair = (torch.from_numpy(indices[:1].copy()).to(self.recommender.device) for indices in (users, hero))
            width = len(self.recommender.user_side(*pair).readout)
        return max(1, self.max_memory // int(4 * COPIES * (1 + rivals.shape[1]) * columns.shape[1] * width))

    def _as_rows(self, users: Int, columns: Int, delta: Float) -> SparseRows:
        """The change [n, P] of delta [n, S]."""
        row, place = np.nonzero(delta)
        change = SparseRows.from_triples(row, columns[row, place], delta[row, place], (len(users), self.data.n_features))
        return exact_change(self.data.user_features.select(users), change)

    def _has_to_pass(self, pairs: Int) -> tuple[Int, Bool]:
        """Items [n, K] that have to be above i for it to leave the first K, the farthest last, -1 for those above it already;
        and for whom there are so many."""
        out = np.full((len(pairs), self.leaves if self.leaves <= self.data.n_items else 1), NO_ITEM, dtype=np.int64)
        far = np.zeros(len(pairs), dtype=bool)
        if self.leaves >= self.data.n_items:
            return out, far
        for rows, scores in self.order.blocks(pairs):
            each = np.arange(len(rows))
            own = scores[each, pairs[rows, 1]].copy()
            scores[each, pairs[rows, 1]] = -np.inf
            best = first(scores, self.leaves)
            values = np.take_along_axis(scores, best, axis=1)
            far[rows] = np.isfinite(values[:, -1])
            out[rows] = np.where(values > own[:, None], NO_ITEM, best)
        return out, far

    def _still_open(self, pairs: Int, hero: Int, change: SparseRows, open_: Int, rivals: Int) -> tuple[Int, Int]:
        """Which of the rows open_ [m] the whole catalogue does not agree with, and their constraints [m', C], with those added that
        stand in the way."""
        features = apply_change(self.data.user_features.select(pairs[open_, 0]), change.select(open_))
        again, added = [np.zeros(0, np.int64)], [np.zeros((0, MORE), np.int64)]
        for rows, scores in self.order.blocks(pairs[open_], hero[open_], features):
            each, mine = np.arange(len(rows)), hero[open_[rows]]
            own = scores[each, mine].copy()
            scores[each, mine] = -np.inf
            ahead = (scores > own[:, None]).sum(axis=1) if self.leaves else (scores >= own[:, None]).sum(axis=1)
            bad = np.flatnonzero(ahead < self.leaves if self.leaves else ahead > 0)
            again.append(rows[bad])
            added.append(self._in_the_way(scores[bad], own[bad], rivals[rows[bad]]))
        rows = np.concatenate(again)
        return open_[rows], np.concatenate([rivals[rows], np.concatenate(added)], axis=1)

    def _in_the_way(self, scores: Float, own: Float, known: Int) -> Int:
        """The best others [m, MORE] that are to be constraints and are not: those above, or below where the hero is to leave."""
        scores = scores.copy()
        row, place = np.nonzero(known >= 0)
        scores[row, known[row, place]] = -np.inf
        wrong = scores <= own[:, None] if self.leaves else scores >= own[:, None]
        scores = np.where(wrong, scores, -np.inf)
        found = first(scores, min(MORE, scores.shape[1]))
        found = np.where(np.isfinite(np.take_along_axis(scores, found, axis=1)), found, NO_ITEM)
        return np.pad(found, ((0, 0), (0, MORE - found.shape[1])), constant_values=NO_ITEM)
