"""AMCF: latent factors are mapped onto aspects that people can read, and the user's preference is told in these."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.explainers import Explainer, Explanations, sparse_weights
from pyexplain.margin import Margin
from pyexplain.ops import bpr_loss, matrix_product, row_softmax
from pyexplain.recommenders import LoopConfig, LossRecommender, Recommender, Term

SCALE = 0.1  # standard deviation of the first factors, over sqrt(dim)
SHORTEST = 1e-12  # of a distance, whose gradient at 0 there is none of


class AMCFNetwork(nn.Module):
    """users [U, dim]: p; items [I, dim]: q; bias [I, 1]: b; aspects [P, dim]; and the attention: inner [dim, hidden], outer
    [P, hidden], offset [P, 1]."""

    def __init__(self, data: Dataset, dim: int, hidden: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))
        self.aspects = nn.Parameter(torch.randn(data.n_features, dim, generator=g))
        self.inner = nn.Parameter(torch.randn(dim, hidden, generator=g) * (2 / dim) ** 0.5)
        self.outer = nn.Parameter(torch.randn(data.n_features, hidden, generator=g) / hidden**0.5)
        self.offset = nn.Parameter(torch.zeros(data.n_features, 1))

    def directions(self) -> Tensor:
        """psi [P, dim], of length one."""
        return functional.normalize(self.aspects, dim=1)

    def attention(self, factors: Tensor, has: Tensor) -> Tensor:
        """alpha [n, P] from q [n, dim] over the aspects that items have [n, P]; all 0 for an item that has none."""
        hidden = functional.relu(matrix_product(factors, self.inner))
        energy = matrix_product(hidden, self.outer.t(), self.offset[:, 0])
        energy = energy.masked_fill(~has, torch.finfo(energy.dtype).min)
        return row_softmax(energy) * has


class AMCF(LossRecommender):
    """score(u, i) = p_u . q_i + b_i, and beside it the item once more by its aspects: q'_i = sum over the aspects k of i of
    alpha_ik psi_k, alpha_i = softmax over these of MLP(q_i), psi_k of length one. Trained on BPR + `interpretation` times the
    mean of |q_i - q'_i| + weight_decay/2 (|p_u|^2 + |q_i|^2 + |q_j|^2). q_i is a constant of the distance (`shield`), so that
    aspects follow the factors, and not the other way round. As psi has length one, what q_i is longer stays unmapped.

    Explained: what u thinks of aspect k is psi_k . p_u (the general preference), of which k brings alpha_ik to item i, so that the
    sum over k of alpha_ik psi_k . p_u is the score of q'_i (the specific preference).

    The paper's: two tasks at once, the mapping onto aspects with attention over those of the item, shielded gradients, both
    preferences. Not the paper's: BPR in place of squared errors of ratings, so that biases of users order nothing and are left
    out; aspects are any words and attributes of the item, not genres alone; and preferences below 0 are not told. Scores do not
    look at features: whoever takes one away from a user changes nothing, and only what is said can be judged.
    """

    name = "amcf"
    reference = (
        "Pan, Li, Li and Zhu, Explainable Recommendation via Interpretable Feature Mapping and Evaluation of Explainability, "
        "IJCAI 2020"
    )
    offers = frozenset({"scores", "attention"})
    kinds: ClassVar[tuple[str, ...]] = ("word", "attribute")
    tables: ClassVar[dict[str, str]] = {
        "users": "users",
        "items": "items",
        "bias": "items",
        "aspects": "features",
        "outer": "features",
        "offset": "features",
    }

    class Config(LoopConfig):
        """Sizes, and the weights of the parts."""

        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(64, ge=1, description="width of the factors")
        hidden: int = Field(32, ge=1, description="width of the attention's layer")
        interpretation: float = Field(1.0, ge=0, description="lambda: weight of the distance between q_i and its aspects")
        shield: bool = Field(True, description="q_i is a constant of that distance, as in the paper")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the factors that a batch names")

    config: Config
    network: AMCFNetwork

    def build(self, data: Dataset, seed: int) -> AMCFNetwork:
        """Factors, aspects and the attention between them."""
        return AMCFNetwork(data, self.config.dim, self.config.hidden, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The aspects of items."""
        rows = data.item_features
        there = SparseRows(rows.offsets, rows.indices, (rows.values > 0).astype(np.float32), rows.n_columns)
        self.has: TensorRows = there.tensors(options.device)

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, items = self.network, torch.cat([batch.preferred, batch.other])
        p, q = functional.embedding(batch.users, net.users), functional.embedding(items, net.items)
        scores = (p.repeat(2, 1) * q).sum(dim=1) + functional.embedding(items, net.bias)[:, 0]
        penalty = (p.square().sum() + q.square().sum()) / (2 * len(p))
        distance = self.distance(items, q)
        return bpr_loss(scores)[0] + self.config.weight_decay * penalty + self.config.interpretation * distance

    def distance(self, items: Tensor, q: Tensor) -> Tensor:
        """The mean of |q_i - q'_i| over the items [n] that have aspects; 0 where none has."""
        q = q.detach() if self.config.shield else q
        has = self._aspects(items)
        mapped = matrix_product(self.network.attention(q, has), self.network.directions())
        far = ((q - mapped).square().sum(dim=1) + SHORTEST).sqrt()
        some = has.any(dim=1)
        return (far * some).sum() / some.sum().clamp_min(1)

    def _aspects(self, items: Tensor) -> Tensor:
        return self.has.select(items).dense(len(self.network.aspects)) > 0

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class; features play no part."""
        net = self.network
        with torch.no_grad():
            return (net.users[users] * net.items[items]).sum(dim=1) + net.bias[items, 0]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        with torch.no_grad():
            return matrix_product(self.network.users[users], self.network.items.t(), self.network.bias[:, 0])

    def preferences(self, users: Tensor) -> Tensor:
        """psi_k . p_u [n, P]."""
        with torch.no_grad():
            return matrix_product(self.network.users[users], self.network.directions().t())

    def attention(self, users: Tensor) -> Tensor:
        """The positive preferences, rows scaled to sum to 1; all 0 for a user with none."""
        liked = self.preferences(users).clamp_min(0)
        return liked / liked.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def item_attention(self, items: Tensor) -> Tensor:
        """alpha [n, P]."""
        with torch.no_grad():
            return self.network.attention(self.network.items[items], self._aspects(items))


class AspectPreference(Explainer):
    """Weights of (u, i): the specific preference, u's share of each aspect times what i is of it, scaled to sum to 1. Of a user
    as a whole: the general preference. Both are read from the attention that a recommender offers."""

    name = "amcf"
    reference = AMCF.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "amcf"
    contrastive = False
    pairs_at_once = 4096

    def weigh(self, margin: Margin) -> SparseRows:
        """The specific preference of each pair; the general one where there is no item."""
        users, items, _ = margin.indices
        general, of_items = self.recommender.attention(users), self.recommender.item_attention(items.clamp_min(0))
        specific = torch.where((items >= 0)[:, None], general * of_items, general)
        return sparse_weights((specific / specific.sum(dim=1, keepdim=True).clamp_min(1e-30)).cpu().numpy())

    def explain_users(self, users: npt.NDArray[np.int64]) -> Explanations:
        """The general preference of each user."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [AMCF]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its preferences."""
    return [AspectPreference]
