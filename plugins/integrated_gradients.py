"""Integrated gradients: what each of a user's features adds to the preference, along the way from no features to all."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.explainers import Config, Explainer, Explanations, choose_against
from pyexplain.margin import Contributions, contributions

Int = npt.NDArray[np.int64]


class IntegratedGradients(Explainer):
    """a_k = f_u[k] * mean of d margin / d f_u[k] on the straight way from no features to f_u; eq. (1) and (3) of the paper, with
    margin(f) = R(u, i; f) - R(u, j; f), j the next in the full ranking where none is given.

    Over all k the a_k sum to margin(f_u) - margin(0) (completeness); `pyexplain.margin.contributions` computes them, exactly where
    the recommender's user side is linear. Weights are the positive a_k: features that speak for the item; what speaks against it is
    no reason to show it. Features that the user does not have are 0.
    """

    name = "integrated-gradients"
    reference = "Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017"
    needs: ClassVar[frozenset[str]] = frozenset({"gradients"})
    comes_with = "vbpr"

    class Config(Config):
        """How finely the path is cut, for recommenders that are not linear on the user's side."""

        steps: int = Field(16, ge=1, description="points on the path from no features to f_u; more where the gradient jumps")

    config: Config

    def explain(self, pairs: Int, against: Int | None = None) -> Explanations:
        """The positive part of the attributions of each pair."""
        if against is None:
            against = choose_against(self.recommender, self.data, pairs, self.options.seed)
        weights = self._asked(pairs, against).positive()
        return Explanations(self.name, pairs[:, 0], pairs[:, 1], weights, self.data.features.fingerprint, against)

    def attributions(self, pairs: Int, against: Int) -> npt.NDArray[np.float32]:
        """a [n, P], signed."""
        return self._asked(pairs, against).values.dense()

    def _asked(self, pairs: Int, against: Int) -> Contributions:
        memory = self.options.max_memory
        return contributions(self.recommender, self.data, pairs, against, points=self.config.steps, max_memory=memory)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [IntegratedGradients]
