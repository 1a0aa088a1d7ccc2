"""What KGAT tells: the strongest path from a user to an item through each thing that the user holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]
PAST = "history"


class Paths(Explainer):
    """Weight of what u holds: what the strongest path through it carries of R(u, i), where that is above 0. Paths are u - a - i, a
    word or attribute of both, and u - k - a - i, k an item that u liked which has a in common with i.

    What a path carries is found by taking it away: R(u, i) less R without u's edge to a or k, less R without i's edge to a, plus R
    without both. So no more is said of a path than what goes through both its ends; it works on every recommender of scores, and
    is what the walk carries where the score is linear in either side (KGAT). j plays no part. `attributes` names the a of the
    strongest path through each k, too, also where u never wrote about it.
    """

    name = "kgat"
    reference = (
        "Wang et al., KGAT: Knowledge Graph Attention Network for Recommendation, KDD 2019; Ai et al. (CFKG), Algorithms 2018"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "kgat"
    contrastive = False
    copies = 0  # what is asked at a time keeps within the memory

    class Config(Config):
        """What is told."""

        attributes: bool = Field(False, description="name the words and attributes that paths lead over, too")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Find which item has what."""
        super().fit(recommender, data, options)
        self.has = data.item_features.where(~np.isin(data.item_features.indices, data.features.of_kind(PAST)))
        self.item_of = {int(column): number for number, column in enumerate(data.features.of_kind(PAST))}

    def paths(self, user: int, item: int) -> tuple[Int, npt.NDArray[np.float64]]:
        """Paths [m, 2] from a user to an item, what of the user's and what of the item's features each leads over, and what each
        carries [m]; both the same feature where the path is u - a - i."""
        held, ends = self.data.user_features.row(user)[0], self.has.row(item)[0]
        steps = [(t, a) for t in held.tolist() for a in self._reached(t, item, ends)]
        found: Int = np.array(steps, dtype=np.int64).reshape(-1, 2)
        if not len(found):
            return found, np.zeros(0)
        asked = [(-1, -1), *((t, -1) for t in held), *((-1, a) for a in ends), *map(tuple, found)]
        value = dict(zip(asked, self._without(user, item, np.array(asked)), strict=True))
        return found, np.array([value[-1, -1] - value[t, -1] - value[-1, a] + value[t, a] for t, a in map(tuple, found)])

    def _reached(self, feature: int, item: int, ends: Int) -> list[int]:
        """Which of the item's features a path over this one ends in."""
        past = self.item_of.get(feature)
        if past is None:
            return [feature] if feature in ends else []
        return [] if past == item else [int(a) for a in np.intersect1d(ends, self.has.row(past)[0])]

    def _without(self, user: int, item: int, gone: Int) -> list[float]:
        """R(u, i) [m] without a feature of the user, and one of the item, gone [m, 2]; -1: none."""
        out: list[float] = []
        for part in self._parts(gone):
            sides = [rows.select(np.full(len(part), number)).dense() for rows, number in self._rows(user, item)]
            for dense, columns in zip(sides, part.T, strict=True):
                rows = np.flatnonzero(columns >= 0)
                dense[rows, columns[rows]] = 0
            numbers = [torch.full((len(part),), n, device=self.recommender.device) for n in (user, item)]
            with torch.no_grad():
                found = self.recommender.scores(*numbers, *(torch.from_numpy(s).to(self.recommender.device) for s in sides))
            out += found.double().cpu().tolist()
        return out

    def _rows(self, user: int, item: int) -> tuple[tuple[SparseRows, int], tuple[SparseRows, int]]:
        return (self.data.user_features, user), (self.data.item_features, item)

    def _parts(self, gone: Int) -> Iterator[Int]:
        size = max(1, self.options.max_memory // (32 * max(1, self.data.n_features)))
        return (gone[at : at + size] for at in range(0, len(gone), size))

    def weigh(self, margin: Margin) -> SparseRows:
        """The strongest path through each feature."""
        rows, columns, values = [], [], []
        for row, (user, item) in enumerate(margin.pairs.tolist()):
            best: dict[int, float] = {}
            for steps, carried in zip(*self.paths(user, item), strict=True) if item >= 0 else ():
                for feature in steps.tolist() if self.config.attributes else steps[:1].tolist():
                    best[feature] = max(best.get(feature, 0.0), float(carried))
            named = [(feature, carried) for feature, carried in best.items() if carried > 0]
            rows += [row] * len(named)
            columns += [feature for feature, _ in named]
            values += [carried for _, carried in named]
        return SparseRows.from_triples(rows, columns, values, (len(margin), self.data.n_features))


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [Paths]
