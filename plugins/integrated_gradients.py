"""Integrated gradients: what each of a user's features adds to the preference, along the way from no features to all."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Margin, contributions_to

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
    attribution = True
    copies = 0  # contributions_to() keeps within the memory

    class Config(Config):
        """How finely the path is cut, for recommenders that are not linear on the user's side."""

        steps: int = Field(16, ge=1, description="points on the path from no features to f_u; more where the gradient jumps")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """The positive part of the attributions of each pair, or all."""
        found = contributions_to(margin, points=self.config.steps)
        return found.values if self.config.signed else found.positive()

    def attributions(self, pairs: Int, against: Int) -> npt.NDArray[np.float32]:
        """a [n, P], signed."""
        margin = Margin.of(self.recommender, self.data, pairs, against, max_memory=self.options.max_memory)
        return contributions_to(margin, points=self.config.steps).values.dense()


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [IntegratedGradients]
