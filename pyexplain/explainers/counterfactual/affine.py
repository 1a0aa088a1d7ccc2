"""Counterfactuals where the score is linear in f_u before its relu: by working sets, from the user's own features to all of them.
What one set does not solve goes to the next, larger one. Nothing here is of the size n x P."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.sparse import SparseRows, TensorRows
from ...margin.affine import Tangent
from ...margin.margin import Margin
from ...ops import Chosen, solve_narrow
from ...ops.solve_widening import Sets, Widening, run_solve_widening
from .own_parts import proved_of, solve_by_slopes, solve_own_parts
from .problem import FLIPPED, Solved
from .restricted import by_kinds, flipped_linearly, restricted_twin
from .settings import Box, SolverSettings
from .working_set import ENOUGH, MANY, WIDEST, WorkingSet, all_features, gradients_of, hardest_features, own_features

Bool = npt.NDArray[np.bool_]
LEAST_OWN, LEAST = 1, 2  # features of the first working set: of those that the user writes about, and of all


def solve_affine(margin: Margin, settings: SolverSettings, allowed: Bool | None) -> Solved:
    """A change for each pair: within the user's own features where they come first, then with all that are allowed; what a flip
    does not need is taken back. Where nothing flips, the one with the smallest margin reached; none for a user who prefers j."""
    if goes_by_slopes(margin, settings):
        return solve_by_slopes(margin, settings, Box.of(margin.data, allowed))
    with torch.no_grad():
        tangent, box = margin.affine.tangent(), Box.of(margin.data, allowed)
        rows, there = box.own(margin.features), margin.there
        own = own_features(tangent, rows, box, there if rows is margin.features else None)
    if tangent.linear and settings.own == "only":
        return solve_own_parts(tangent.value, rows, own, settings)
    stages = Stages(tangent, settings, box, there, own, int(rows.counts.max(initial=0)))
    if tangent.linear or own.whole is not None:
        change, proved = stages.run()
    else:
        weights, proved = [settings.l1, settings.l2, settings.margin], None
        operator = run_solve_widening.with_twin(lambda *_: stages.run()[0])
        change = operator(stages.widening(), stages.sets(), settings.steps, weights)
    gradient = own.gradient.cpu().numpy()
    return Solved(change, rows.with_values(gradient * rows.values), tangent.value, proved)


def goes_by_slopes(margin: Margin, settings: SolverSettings) -> bool:
    """Whether slopes are all that is looked at: of a linear margin over very many features where only the user's own may change,
    and wherever a map of all features would be too large."""
    return margin.without_map or (settings.own == "only" and margin.by_slopes)


@dataclass(frozen=True, eq=False)
class Stages:
    """From few of the user's own features to all that may change: with many rows a stage, or row by row in one operator. rows: f_u,
    [n, P]; widest: the most own features of a row."""

    tangent: Tangent
    settings: SolverSettings
    box: Box
    rows: TensorRows
    own: WorkingSet
    widest: int

    def run(self) -> tuple[SparseRows, Bool | None]:
        """Changes [n, P], and which are proved to be the cheapest, where that is known."""
        tangent, own = self.tangent, self.settings.own
        best = _Best(tangent, self.settings, self.rows.n_columns)
        if own != "any":
            best.widen(LEAST_OWN, lambda left: self.own.select(left))
        proved = (
            proved_of(best.change(), best.margin.cpu().numpy(), self.box, self.settings)
            if tangent.linear and own != "any"
            else None
        )
        if own != "only" and len(best.unsolved()):
            best.widen(LEAST, lambda left: _beyond(tangent, left, self.rows.select(left), self.box))
        return best.change(), proved

    def widening(self) -> Widening:
        """The rows, as the operator takes them."""
        of, own = self.tangent, self.own
        return Widening(of.value, of.slope, of.layer, self.rows, own.has, own.gradient, self.box.allowed, self.box.most)

    def sets(self) -> Sets:
        """Which sets run() tries."""
        stages = {"first": (0, 1, 2, 3), "only": (0, 1), "any": (2, 3)}[self.settings.own]
        return Sets(stages, (LEAST_OWN, LEAST), WIDEST, MANY, ENOUGH, self.widest)


def _beyond(tangent: Tangent, left: Tensor, rows: TensorRows, box: Box) -> WorkingSet:
    """Of the rows `left` of a tangent, whose features are `rows`."""
    slope, feature_map = tangent.slope[left], tangent.layer.feature_map
    if box.n_allowed(rows.n_columns) <= MANY:
        return all_features(slope, feature_map, rows, box)
    return hardest_features(gradients_of(slope, feature_map), rows, box, MANY)


class _Best:
    """What is known of each of n rows: the best change found, and the margin with it; begins with no change. Who prefers j already
    is done."""

    def __init__(self, tangent: Tangent, settings: SolverSettings, n_features: int) -> None:
        self.tangent, self.settings = tangent, settings
        value = tangent.value
        self.margin = value.masked_fill(value < 0, -torch.inf)
        nothing = SparseRows.empty((1, n_features)).tensors(value.device)
        self.found, self.n_found = [nothing], 1
        self.place = torch.zeros(len(value), dtype=torch.int64, device=value.device)  # of each row's change in what was found

    def unsolved(self) -> Tensor:
        """Numbers of the rows whose order has not flipped."""
        return (self.margin >= FLIPPED).nonzero()[:, 0]

    def widen(self, least: int, among: Callable[[Tensor], WorkingSet]) -> None:
        """Try the few features that pull hardest of those that rows have to choose from, then more, then all."""
        rows = self.unsolved()
        if not len(rows):
            return
        work, margin = among(rows), self.tangent.value[rows]
        if self.tangent.linear:  # no images to make: among all at once, where what is found is the cheapest
            self._attempt(rows, work)
            return
        few = work.steepest(margin, least)
        self._attempt(rows, few)
        wide = work.has.counts
        left = (self.margin[rows] >= FLIPPED) & (wide > few.has.counts)
        many = (left & (wide > WIDEST)).nonzero()[:, 0]
        if len(many):
            self._attempt(rows[many], work.select(many).steepest(margin[many], WIDEST))
        every = (left & (self.margin[rows] >= FLIPPED)).nonzero()[:, 0]
        if len(every):
            self._attempt(rows[every], work.select(every))

    def _attempt(self, rows: Tensor, work: WorkingSet) -> None:
        """Solve those rows within these working sets, and keep what is better."""
        with torch.no_grad():
            delta, margin = self._solved(rows, work)
        better = (margin < self.margin[rows]).nonzero()[:, 0]
        self.margin[rows[better]], self.place[rows[better]] = margin[better], self.n_found + better
        self.found.append(SparseRows(work.has.offsets, work.has.indices, delta, work.has.n_columns))
        self.n_found += len(rows)

    def _solved(self, rows: Tensor, work: WorkingSet) -> tuple[Tensor, Tensor]:
        """The cheapest change found within the working sets of these rows [m], pruned: one number for each feature [nnz]; and the
        margin with it [m]. Where nothing flips, the smallest margin reached."""
        tangent, settings = self.tangent, self.settings
        if tangent.linear:
            return flipped_linearly(tangent.value[rows], work, settings)
        if work.whole is not None:
            return by_kinds(tangent, rows, work, settings)
        chosen, weights = Chosen(rows, work.has.offsets, work.has.indices), (settings.l1, settings.l2, settings.margin)
        return solve_narrow(chosen, tangent.layer, work.low, work.high, *weights, settings.steps, twin=restricted_twin)

    def change(self) -> SparseRows:
        """What was found, [n, P]."""
        found = SparseRows.stacked(self.found).select(self.place)
        found = found.where(found.values != 0)
        row, columns, values = (part.cpu().numpy() for part in (found.row_indices(), found.indices, found.values))
        return SparseRows.from_triples(row, columns, values, found.shape)
