"""ACCENT: the fewest past interactions without which, by their influence, another item of the list would have been recommended."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events
from pyexplain.explainers import Config, Explainer, Explanations, Influences, rivals_in_list, without_events
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]


class Accent(Explainer):
    """Weight of an item k that u liked: its influence on the gap R(u, i) - R(u, j), I(k, i) - I(k, j), as of `fia`: the paper
    extends FIA from an item to a pair of items.

    The change, by its algorithm: for each replacement r, past items are taken away in descending order of their influence on
    the gap to r until the gap, less the sum of influences, is below 0; of all r the smallest set is told. Replacements are j
    alone, or, with rivals=K, the first K items of u's list. Influences are estimates: `valid` says whether the model, asked
    again without these items, puts j in front. Not the paper's: what `fia` says of itself.
    """

    name = "accent"
    reference = "Tran, Ghazimatin and Saha Roy, Counterfactual Explanations for Neural Recommenders, SIGIR 2021"
    needs: ClassVar[frozenset[str]] = frozenset({"linear-user-side"})
    comes_with = "hybrid"
    pairs_at_once = 128
    copies = 0  # nothing is dense in P

    class Config(Config):
        """Which items may take over, and how far the Hessian is damped."""

        rivals: int = Field(0, ge=0, le=1000, description="the first so many of the list may take over; 0 = the other item alone")
        damping: float = Field(0.01, gt=0, description="lambda, times the mean of |v_k|^2 over the user's items; see fia")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Find the interactions of all users."""
        super().fit(recommender, data, options)
        self.events = Events.of(data)

    def weigh(self, margin: Margin) -> Explanations:
        """Influences on the gap, and the smallest set."""
        found = Influences.of(margin.recommender, self.events, margin.users, self.config.damping)
        rivals = rivals_in_list(margin, self.config.rivals)
        items = np.concatenate([margin.items[:, None], margin.against[:, None], rivals], axis=1)
        scores, influence = found.scored(items)[0], found.on(items)
        on_gap = influence[:, :1] - influence[:, 1:]  # [n, 1 + R, S]
        gone = smallest_swap(scores[:, :1] - scores[:, 1:], on_gap, rivals_of(items))
        indices, _ = self.events.table(margin.users)
        return without_events(self.name, margin, self.events, gone, on_gap[:, 0], self.config.signed)


def rivals_of(items: Int) -> Bool:
    """Which of the others in items [n, 1 + m] are not the first, [n, m]."""
    found: Bool = items[:, 1:] != items[:, :1]
    return found


def smallest_swap(gap: Float, on_gap: Float, real: Bool) -> Bool:
    """The smallest sets [n, S]: of m replacements, whose gaps are [n, m] and the influences on them [n, m, S]; real [n, m]: which
    count. Of equally small ones the one that leaves the gap farthest below 0; nothing where no replacement is reached."""
    gone = np.zeros((len(gap), on_gap.shape[2]), dtype=bool)
    if not on_gap.shape[2]:
        return gone
    order = np.argsort(-on_gap, axis=2, kind="stable")
    falling = np.maximum(np.take_along_axis(on_gap, order, axis=2), 0)
    left = gap[..., None] - np.cumsum(falling, axis=2)
    there = (left < 0) & (falling > 0) & real[..., None] & (gap[..., None] > 0)
    size = np.where(there.any(axis=2), there.argmax(axis=2) + 1, on_gap.shape[2] + 1)
    for row in range(len(gap)):
        reached = [(s, left[row, m, s - 1], m) for m, s in enumerate(size[row].tolist()) if s <= on_gap.shape[2]]
        if reached:
            s, _, m = min(reached)
            gone[row, order[row, m, :s]] = True
    return gone


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [Accent]
