"""Shapley values of a user's features, by sampled orders."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import hookimpl
from pyexplain.explainers import Config, Explainer, Explanations, choose_against, sparse_weights
from pyexplain.margin import Coalitions, shapley_values

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

    class Config(Config):
        """How many orders, and up to how many features all are taken."""

        orders: int = Field(8, ge=1, description="orders drawn for a pair, each also backwards")
        exact: int = Field(5, ge=0, le=12, description="exact values up to this many features of a user")

    config: Config

    def explain(self, pairs: Int, against: Int | None = None) -> Explanations:
        """The positive Shapley values of each pair."""
        if against is None:
            against = choose_against(self.recommender, self.data, pairs, self.options.seed)
        dense = np.zeros((len(pairs), self.data.n_features), dtype=np.float32)
        for at in range(0, len(pairs), PAIRS_AT_ONCE):
            part = slice(at, at + PAIRS_AT_ONCE)
            asked = Coalitions(self.recommender, self.data, pairs[part], against[part], self.options.max_memory)
            dense[part] = asked.dense(self.values(asked))
        return Explanations(self.name, pairs[:, 0], pairs[:, 1], sparse_weights(dense), self.data.features.fingerprint, against)

    def values(self, asked: Coalitions) -> Float:
        """phi [n, S], signed, 0 where a row has no such feature."""
        return shapley_values(asked, exact=self.config.exact, orders=self.config.orders, seed=self.options.seed)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [ShapSampling]
