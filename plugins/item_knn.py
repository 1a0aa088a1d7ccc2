"""Item neighbours: items are alike that the same users liked."""

from __future__ import annotations

from pydantic import Field
from torch import Tensor

from pyexplain import hookimpl
from pyexplain.recommenders import ItemSimilarity, Recommender, SimilarityConfig


class ItemKNN(ItemSimilarity):
    """score(u, i) = sum over the items k that u liked, k != i, of B[k, i], plus popularity * log(1 + count_i).

    B[k, i] = |users of both| / (sqrt(|users of k| |users of i|) + shrinkage): the cosine of two columns of 0 and 1, drawn to 0
    where little is known; of each item i the largest `neighbours` are kept.
    """

    name = "item-knn"
    reference = "Deshpande and Karypis, Item-Based Top-N Recommendation Algorithms, ACM TOIS 22(1), 2004"

    class Config(SimilarityConfig):
        """How many neighbours, and how sure."""

        neighbours: int = Field(0, ge=0, description="neighbours of an item that count; 0 = all")
        shrinkage: float = Field(0.0, ge=0, description="added under the fraction of the cosine")
        popularity: float = Field(0.3, ge=0, description="weight of log(1 + training pairs of the item)")

    config: Config

    def similarity(self, together: Tensor) -> Tensor:
        """B [I, I]."""
        size = together.diagonal().sqrt()
        B = together / (size[:, None] * size + self.config.shrinkage).clamp_min_(1e-12)
        B.fill_diagonal_(0)
        if 0 < self.config.neighbours < len(B):
            least = B.topk(self.config.neighbours, dim=0).values[-1]  # [I], of each column
            B[least > B] = 0
        return B


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [ItemKNN]
