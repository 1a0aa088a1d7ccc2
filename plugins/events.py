"""What if it had never been bought? A whole review is left out, with the words and attributes that came with it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events, SparseRows
from pyexplain.explainers import Config, Explainer, Explanations, without_events
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]


class EventsExplainer(Explainer):
    """An event weighs what the margin R(u, i) - R(u, j) loses when it is taken away and f_u is made again, by eq. (1), of the
    events that are left (pyexplain.data.Events). It is said of the item's entry in the history; where there is none, of the words
    and attributes that came with it, in equal shares. The model itself is not trained again.

    The change: events are taken away one after the other, the heaviest first, until j is in front, and those that are not needed
    are put back. No paper is followed: leaving one out is as old as the jackknife.
    """

    name = "events"
    reference = "leaving events out, by questions; no paper is followed"
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "hybrid"
    pairs_at_once = 512
    copies = 0  # ask() keeps within the memory

    class Config(Config):
        """How many events may go, and what is told."""

        most: int = Field(50, ge=1, description="events that may be taken away from a pair's user")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Find the events of all users."""
        super().fit(recommender, data, options)
        self.events = Events.of(data)

    def weigh(self, margin: Margin) -> Explanations:
        """What each event carries, and the events without which j is in front."""
        indices, there = self.events.table(margin.users)
        before, worth = margin.value(), np.zeros(there.shape)
        row, place = np.nonzero(there)
        single = np.zeros((len(row), there.shape[1]), dtype=bool)
        single[np.arange(len(row)), place] = True
        worth[row, place] = before[row] - self._asked(margin, indices, row, single)
        gone = self._taken(margin, indices, np.where(there, worth, -np.inf), before)
        return without_events(self.name, margin, self.events, gone, worth, self.config.signed)

    def _asked(self, margin: Margin, indices: Int, rows: Int, gone: Bool) -> Float:
        """Margins [m] of the pairs numbered rows [m] without the events gone [m, S]."""

        def features(part: slice) -> SparseRows:
            row, place = np.nonzero(gone[part])
            here = rows[part]
            return self.events.without(margin.users[here], row, indices[here[row], place])

        return margin.ask(rows, features, sparse=True)

    def _taken(self, margin: Margin, indices: Int, worth: Float, lead: Float) -> Bool:
        """The events [n, S] that are taken away; none where that does not do it."""
        order, gone = np.argsort(-worth, axis=1, kind="stable"), np.zeros(worth.shape, dtype=bool)
        open_ = np.flatnonzero(lead > 0)
        done = open_[:0]
        for step in range(min(self.config.most, worth.shape[1])):
            open_ = open_[worth[open_, order[open_, step]] > 0]
            if not len(open_):
                break
            gone[open_, order[open_, step]] = True
            flipped = self._asked(margin, indices, open_, gone[open_]) < 0
            done, open_ = np.concatenate([done, open_[flipped]]), open_[~flipped]
        failed = np.setdiff1d(np.arange(len(gone)), done)
        gone[failed] = False
        for step in range(worth.shape[1] if len(done) else 0):
            rows = done[gone[done, order[done, step]] & (gone[done].sum(axis=1) > 1)]
            trial = gone[rows].copy()
            trial[np.arange(len(rows)), order[rows, step]] = False
            needless = self._asked(margin, indices, rows, trial) < 0
            gone[rows[needless], order[rows[needless], step]] = False
        return gone


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [EventsExplainer]
