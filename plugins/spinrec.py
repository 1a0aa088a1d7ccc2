"""SPINRec: gradients integrated from other users' profiles to the user's own, and of several such maps the most faithful one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Coalitions, Margin

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
COPIES = 10  # dense rows [P] that a pair needs: two ends of a path, a point of it, its gradient and what autograd keeps


class SpinRec(Explainer):
    """For each pair: `baselines` profiles b of other users are drawn from the data, and for each of them

        a_k = (f_u[k] - b_k) * mean over t = 1/2T, 3/2T, ... of d m / d f[k] at b + t (f_u - b),

    m the margin R(u, i) - R(u, j). Of these maps the one is told at which the lead falls fastest: the least mean of m without the
    1, 2, ... `checked` own features of largest a_k. The paper integrates the score of i and chooses by the counterfactual metric
    that is reported; here it is the margin, so that an order is explained, and one fixed rule. Features that the user does not have
    are not told, because they cannot be taken away. Where scores are linear in f_u, each map is that of integrated gradients, but
    for the features that the drawn user has, too.
    """

    name = "spinrec"
    reference = (
        "Barkan et al., Fidelity-Aware Recommendation Explanations via Stochastic Path Integration, AAAI 2026 (arXiv 2511.18047)"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"gradients"})
    comes_with = "vbpr"
    copies = COPIES
    pairs_at_once = 512

    class Config(Config):
        """How many baselines, how fine the path, how the map is chosen."""

        baselines: int = Field(10, ge=1, description="other users' profiles that a path begins at")
        steps: int = Field(8, ge=1, description="points of a path")
        checked: int = Field(5, ge=1, description="features taken away to choose a map")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    check_settings: ClassVar[dict[str, object]] = {"baselines": 3, "steps": 4}

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """The map of each pair that is most faithful."""
        asked = Coalitions.of(margin)
        f_u = torch.from_numpy(margin.features.dense()).to(margin.recommender.device)
        drawn = self._drawn(margin, asked)
        best, least = np.zeros(asked.real.shape), np.full(len(margin), np.inf)
        for number in range(self.config.baselines):
            found = self._map(margin, asked, f_u, drawn[:, number])
            left = self._left(asked, found)
            better = left < least
            best[better], least[better] = found[better], left[better]
        return asked.rows(best, signed=self.config.signed)

    def _drawn(self, margin: Margin, asked: Coalitions) -> Int:
        """Other users [n, baselines] of each pair."""
        n, size = margin.data.n_users, (self.config.baselines,)
        each = [asked.generator(self.options.seed + 1, row).integers(1, max(2, n), size) for row in range(len(margin))]
        return (margin.users[:, None] + np.array(each).reshape(len(margin), *size)) % n

    def _map(self, margin: Margin, asked: Coalitions, f_u: Tensor, users: Int) -> Float:
        """a [n, S] of the own features, on paths from the profiles of these users [n]."""
        begin = torch.from_numpy(margin.data.user_features.select(users).dense()).to(f_u.device)
        total = torch.zeros_like(f_u)
        for step in range(self.config.steps):
            total += margin.value_and_gradient(torch.lerp(begin, f_u, (step + 0.5) / self.config.steps))[1]
        whole = (total * (f_u - begin) / self.config.steps).cpu().numpy()
        return np.where(asked.real, np.take_along_axis(whole, asked.columns, axis=1), 0.0).astype(np.float64)

    def _left(self, asked: Coalitions, found: Float) -> Float:
        """The mean margin [n] without the features of largest a [n, S]: of one, of two, ... of `checked`."""
        order = np.argsort(np.argsort(-np.where(asked.real, found, -np.inf), axis=1, kind="stable"), axis=1, kind="stable")
        every, total = np.arange(len(found)), np.zeros(len(found))
        for count in range(1, self.config.checked + 1):
            total += asked.margins(every, order >= count)
        return total / self.config.checked


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [SpinRec]
