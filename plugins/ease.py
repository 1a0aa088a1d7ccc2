"""EASE: a linear autoencoder over items, in closed form."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from pyexplain import hookimpl
from pyexplain.recommenders import ItemSimilarity, Recommender, SimilarityConfig


class EASE(ItemSimilarity):
    """score(u, i) = sum over the items k that u liked, k != i, of B[k, i], plus popularity * log(1 + count_i). B minimises
    ||X - X B||_F^2 + l2 ||B||_F^2 with a zero diagonal: with P = (X^T X + l2 I)^-1, B[k, i] = -P[k, i] / P[i, i]."""

    name = "ease"
    reference = "Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, equation (8)"

    class Config(SimilarityConfig):
        """The penalty, and the weight of popularity: choose both on a validation part (`python -m benchmarks.search ease`)."""

        l2: float = Field(100.0, gt=0, description="weight of ||B||^2 (lambda)")
        popularity: float = Field(0.01, ge=0, description="weight of log(1 + training pairs of the item)")

    config: Config

    def similarity(self, together: Tensor) -> Tensor:
        """B [I, I]; inverted in double precision, because small penalties leave X^T X badly conditioned."""
        gram = together.double()
        gram.diagonal().add_(self.config.l2)
        inverse: Tensor = torch.linalg.inv(gram)
        B: Tensor = -inverse / inverse.diagonal()
        B.fill_diagonal_(0)
        return B.float()


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [EASE]
