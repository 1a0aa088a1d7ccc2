"""FIA: which of a user's past interactions a score rests on, by influence functions on the parameters of that user alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events, SparseRows
from pyexplain.explainers import Config, Explainer, Influences
from pyexplain.margin import Margin
from pyexplain.recommenders import Recommender

Int = npt.NDArray[np.int64]


class FIA(Explainer):
    """Weight of an item k that u liked in training: by how much R(u, i) would fall, to first order, had the model been trained
    without (u, k), all other parameters as they are: x . H^-1 g_k, g_k = (1 - s(R(u, k))) v_k, H = sum over k of s (1 - s) v_k
    v_k' + lambda I, v_k the gradient of R(u, k) in the user's latent vector, x that of R(u, i), s the logistic function.

    The paper's: influence functions on matrix factorisation, for which of all parameters those of u and of i alone matter to
    (u, i), so that the Hessian is a small one. Not the paper's: the block of u alone, by which u's interactions reach the
    score; log loss in place of squared errors of ratings, of the liked items without drawn negatives; the Hessian by its
    Gauss-Newton part; and that the latent vector is what the recommender makes of f_u, where it keeps none of the user's own.
    An interaction is said of its entry in the history, or shared by what came with it.
    """

    name = "fia"
    reference = (
        "Cheng, Shen, Huang and Zhu, Incorporating Interpretability into Latent Factor Models via Fast Influence Analysis, KDD 2019"
    )
    needs: ClassVar[frozenset[str]] = frozenset({"linear-user-side"})
    comes_with = "hybrid"
    contrastive = False
    pairs_at_once = 128
    copies = 0  # nothing is dense in P

    class Config(Config):
        """How far the Hessian is damped."""

        damping: float = Field(0.01, gt=0, description="lambda, times the mean of |v_k|^2 over the user's items")
        signed: bool = Field(False, description="tell what speaks against the item, too, as weights below 0")

    config: Config

    def fit(self, recommender: Recommender, data: Dataset, options: RunOptions) -> None:
        """Find the interactions of all users."""
        super().fit(recommender, data, options)
        self.events = Events.of(data)

    def weigh(self, margin: Margin) -> SparseRows:
        """The influences on the score of i."""
        found = Influences.of(margin.recommender, self.events, margin.users, self.config.damping)
        weights = self.events.on_features(margin.users, found.on(margin.items[:, None])[:, 0])
        return weights.where(weights.values != 0 if self.config.signed else weights.values > 0)


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """The explainer."""
    return [FIA]
