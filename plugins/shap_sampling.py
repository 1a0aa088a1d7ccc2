"""Shapley values of a user's features, by sampled orders."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.data import SparseRows
from pyexplain.explainers import Config, Explainer
from pyexplain.margin import Coalitions, Margin, shapley_values

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
PAIRS_AT_ONCE = 64


class ShapSampling(Explainer):
    """phi_k: what feature k adds to the margin R(u, i) - R(u, j), a mean over the orders in which the user's features may arrive
    one by one. Exact for users with few features; otherwise a mean over drawn orders, each with its reverse.

    Over all k the phi_k sum to margin(f_u) - margin(0), for any number of orders (efficiency). Weights are the positive phi_k. Asks
    for scores alone. A pair's draws depend on the seed and the pair.
    """

    name = "shap-sampling"
    reference = (
        "Strumbelj and Kononenko, Explaining prediction models and individual predictions with feature contributions, KAIS 2014; "
        "Lundberg and Lee, A Unified Approach to Interpreting Model Predictions, NIPS 2017"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"scores"})
    comes_with = "vbpr"
    pairs_at_once = PAIRS_AT_ONCE

    class Config(Config):
        """How many orders, and up to how many features all are taken."""

        orders: int = Field(8, ge=1, description="orders drawn for a pair, each also backwards")
        exact: int = Field(5, ge=0, le=12, description="exact values up to this many features of a user")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """The positive Shapley values of each pair, or all."""
        asked = Coalitions.of(margin)
        return asked.rows(self.values(asked), signed=self.config.signed)

    def values(self, asked: Coalitions) -> Float:
        """phi [n, S], signed, 0 where a row has no such feature."""
        return shapley_values(asked, exact=self.config.exact, orders=self.config.orders, seed=self.options.seed)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [ShapSampling]
