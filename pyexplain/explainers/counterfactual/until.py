"""Changes that go on until what people mean is reached: the other item is above, is first, or the item leaves the list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...data.sparse import apply_change
from ...data.types import Dataset
from ...errors import UsageError
from ...margin.margin import Margin
from ...recommenders.base import GRADIENTS, Recommender
from ..order import Order
from ..standing import Standing, standings
from ..types import Counterfactual, Explanations, turned_around
from .competing import Competing
from .leaving import leave_whole
from .search import QuerySettings, solve_by_questions
from .settings import Box, SolverSettings
from .solve import solve

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]
ABOVE, FIRST, LEAVES = "above", "first", "leaves-top"
MOST_DIGITS = 9
COLD = "nothing is known of what this user writes about"


@dataclass(frozen=True)
class Until:
    """What a change has to reach. kind "above": the other item j scores above i. "first": j is first of the whole catalogue, items
    liked in training left out. "leaves-top": i is not among the first k."""

    kind: str = ABOVE
    k: int = 0

    @staticmethod
    def parse(text: str) -> Until:
        """From "above", "first" or "leaves-top-K", K >= 1; UsageError for anything else."""
        if text in (ABOVE, FIRST):
            return Until(text)
        match = re.fullmatch(rf"{LEAVES}-([1-9][0-9]{{0,{MOST_DIGITS - 1}}})", text, re.ASCII)
        if match is None:
            known = f"Known: {ABOVE}, {FIRST}, {LEAVES}-K with a whole number K from 1, such as {LEAVES}-10."
            raise UsageError(f"{text!r} is nothing that a change can reach", where="until", hint=known)
        return Until(LEAVES, int(match[1]))

    def __str__(self) -> str:
        return f"{self.kind}-{self.k}" if self.kind == LEAVES else self.kind

    def holds(self, standing: Standing, margin: Floats) -> Bool:
        """Where it is reached [n], by where items stand and by the margins R(u, i) - R(u, j) [n]. Ties never reach anything."""
        if self.kind == FIRST:
            return np.asarray(standing.other_place == 1)
        return np.asarray(standing.ahead >= self.k if self.kind == LEAVES else margin < 0)

    def turned(
        self, before: Standing, after: Standing, margins_: tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]
    ) -> Bool:
        """Where a change reaches it [n] that did not hold before."""
        if self.kind == ABOVE:
            return turned_around(*margins_)
        return ~self.holds(before, margins_[0]) & self.holds(after, margins_[1])

    def note(self, held: bool, reached: bool, after: tuple[int, int], proved: bool = False) -> str:
        """What has to be said where it held before, or is not reached; after: places of i and j with it. proved: nothing reaches
        it. Not for "above"."""
        if held:
            return "the other item is first already" if self.kind == FIRST else f"the item is not among the first {self.k} as it is"
        if reached:
            return ""
        if self.kind == FIRST:
            return f"no change was found that makes the other item first; with the one given it is at place {after[1]}"
        if proved:
            return f"nothing that the user could have left out takes the item out of the first {self.k}: all sets were looked at"
        return f"no change was found that takes the item out of the first {self.k}; with the one given it is at place {after[0]}"


def solve_until(
    recommender: Recommender,
    data: Dataset,
    pairs: Int,
    against: Int,
    until: Until,
    settings: SolverSettings | None = None,
    *,
    order: Order | None = None,
    method: str = "counterfactual",
    allowed: Bool | None = None,
    max_memory: int = 512 * 2**20,
    progress: Callable[[str, int, int], None] = lambda label, done, total: None,
) -> Explanations:
    """Small changes of f_u at which `until` is reached, for pairs (u, i) [n, 2] and the others j = against [n].

    First the change at which j scores above i (solve.py; for "leaves-top": at which the item that has to pass i last does). The
    whole catalogue is scored again; where that is not enough, whoever stands between becomes another constraint, and the change is
    sought anew, among the user's own features first (settings.own), until the catalogue agrees (working_set.py). What is not needed
    is taken back.

    valid [n]: it was not so before, and it is by scores of the whole catalogue after the change. Where no change is found, valid is
    false and the note says so; that there is none is not said, but where `proved` is true: of "leaves-top" and users whose features
    all go whole or not at all, for whom the smallest set is looked for (removal.py). The places of i and j before and after,
    margins and weights (of the pair i and j) are in the result, for every pair.
    """
    settings, order = settings or SolverSettings(), order or Order(recommender, data, max_memory)
    asked = _Asked(recommender, data, settings, allowed, max_memory, progress)
    found = asked.solve(pairs, against, method)
    assert found.change is not None
    assert found.notes is not None
    assert found.margin_before is not None
    assert found.margin_after is not None
    before = standings(order, pairs, against)
    change, proved = found.change, np.zeros(len(pairs), dtype=bool)
    if until.kind != ABOVE:
        wanted = ~until.holds(before, found.margin_before)
        if until.kind == LEAVES:
            box = Box.of(data, allowed)
            change, settled, proved = leave_whole(order, pairs, until.k, wanted, box, change, max_memory)
            wanted &= ~settled
        work = Competing(recommender, data, order, until.k if until.kind == LEAVES else 0, settings, allowed, max_memory)
        change = work.solve(pairs, against, change, wanted, asked.own_first().solve)
    features = apply_change(data.user_features.select(pairs[:, 0]), change)
    after = standings(order, pairs, against, features)
    margin = (found.margin_before, found.margin_after)
    if until.kind != ABOVE:
        again = Margin.of(recommender, data, pairs, against, features=features, max_memory=max_memory)
        margin = found.margin_before, again.value().astype(np.float32)
    valid = until.turned(before, after, margin)
    notes = found.notes if until.kind == ABOVE else _notes(until, found, before, after, valid, data, proved)
    known = found.proved if until.kind == ABOVE else proved
    reached = Counterfactual(change, *margin, valid, str(until), after.place, after.other_place, known)
    before_it = replace(found, place_before=before.place, other_place_before=before.other_place)
    return replace(before_it, counterfactual=reached, notes=notes)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The change at which one item is above another, by gradients where there are some and by questions elsewhere."""

    recommender: Recommender
    data: Dataset
    settings: SolverSettings
    allowed: Bool | None
    max_memory: int
    progress: Callable[[str, int, int], None]

    def own_first(self) -> _Asked:
        """Where other features come second, without them."""
        return self if self.settings.own != "first" else replace(self, settings=replace(self.settings, own="only"))

    def solve(self, pairs: Int, against: Int, method: str = "") -> Explanations:
        given = self.recommender, self.data, pairs, against
        if GRADIENTS in self.recommender.offers:
            more = {"allowed": self.allowed, "max_memory": self.max_memory, "progress": self.progress}
            return solve(*given, self.settings, method=method, **more)  # type: ignore[arg-type]
        settings = QuerySettings(own="only" if self.settings.own == "only" else "first")
        return solve_by_questions(*given, settings, method=method, allowed=self.allowed, max_memory=self.max_memory)[0]


def _notes(
    until: Until, found: Explanations, before: Standing, after: Standing, valid: Bool, data: Dataset, proved: Bool
) -> tuple[str, ...]:
    """Of each pair."""
    assert found.margin_before is not None
    held = until.holds(before, found.margin_before)
    known = np.diff(data.user_features.offsets)[found.users]
    places = zip(after.place.tolist(), after.other_place.tolist(), strict=True)
    told = zip(held.tolist(), valid.tolist(), places, proved.tolist(), strict=True)
    said = [until.note(*one) for one in told]
    return tuple(
        note if features else "; ".join(filter(None, (COLD, note))) for note, features in zip(said, known.tolist(), strict=True)
    )
