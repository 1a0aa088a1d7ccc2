"""VECF: a user looks at the regions of an item one by one, and what they wrote about it says which ones they looked at."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events, TensorRows
from pyexplain.explainers import Explainer, Explanations
from pyexplain.margin import Margin
from pyexplain.ops import bpr_loss, matrix_product, row_softmax
from pyexplain.recommenders import LoopConfig, LossRecommender, Recommender, Term

SCALE = 0.1  # standard deviation of the first vectors of users and items, over sqrt(dim)
USERS_AT_ONCE = 512


class VECFNetwork(nn.Module):
    """users [U, dim], items [I, dim], bias [I, 1]; regions [P, dim]: g; of_users, of_regions [dim, hidden], out [hidden]: the
    attention; said_u, said_v [dim, dim], said [P, dim]: what is written of a user and what they looked at."""

    def __init__(self, data: Dataset, dim: int, hidden: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.users, self.items = (
            nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)) for n in (data.n_users, data.n_items)
        )
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))
        self.regions, self.said = (nn.Parameter(torch.randn(data.n_features, dim, generator=g) / dim**0.5) for _ in range(2))
        self.of_users, self.of_regions = (nn.Parameter(torch.randn(dim, hidden, generator=g) / dim**0.5) for _ in range(2))
        self.out = nn.Parameter(torch.randn(hidden, generator=g) / hidden**0.5)
        self.said_u, self.said_v = (nn.Parameter(torch.randn(dim, dim, generator=g) / dim**0.5) for _ in range(2))

    def energy(self, vectors: Tensor) -> Tensor:
        """w . relu((W1 e_u) * (W2 g_k)) [n, P] of users' vectors [n, dim]."""
        asked, seen = matrix_product(vectors, self.of_users), matrix_product(self.regions, self.of_regions)
        return (functional.relu(asked[:, None] * seen[None]) * self.out).sum(dim=2)


class VECF(LossRecommender):
    """score(u, i) = e_u . (q_i + v_ui) + b_i, v_ui = sum over the regions k of i of alpha_uik g_k, alpha_ui = softmax over these of
    w . relu((W1 e_u) * (W2 g_k)). Trained on BPR + review_weight times the mean of -log P(word | u, i) over the words of u's
    review of i, P = softmax of said . tanh(S_u e_u + S_v v_ui): what somebody wrote supervises what they looked at.

    The paper's: attention of users over regions, fine-grained and personal, and its supervision by reviews, with both losses at
    once. Not the paper's: regions are the item's attributes (its words, where a data set has none), each with a vector that is
    learned, where it has what a network for pictures makes of 14 x 14 parts of one; the review is the set of its words, where it
    has sentences of a GRU; BPR for its point-wise loss.
    """

    name = "vecf"
    reference = "Chen et al., Personalized Fashion Recommendation with Visual Explanations, SIGIR 2019"
    offers = frozenset({"scores", "attention"})
    kinds: ClassVar[tuple[str, ...]] = ("word", "attribute")
    tables: ClassVar[dict[str, str]] = {
        "regions": "features",
        "said": "features",
        "users": "users",
        "items": "items",
        "bias": "items",
    }

    class Config(LoopConfig):
        """Sizes, and the weights of the parts."""

        epochs: int = Field(100, ge=1)
        patience: int = Field(20, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of the vectors")
        hidden: int = Field(16, ge=1, description="width of the attention's layer")
        review_weight: float = Field(0.1, ge=0, description="of the loss of what is written")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the vectors of users and items that a batch names")

    config: Config
    network: VECFNetwork

    def build(self, data: Dataset, seed: int) -> VECFNetwork:
        """Vectors and attention."""
        return VECFNetwork(data, self.config.dim, self.config.hidden, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The regions of items, and what is written of pairs."""
        events, self.kind = Events.of(data), "attribute" if len(data.features.of_kind("attribute")) else "word"
        region, word = (np.zeros(data.n_features, dtype=bool) for _ in range(2))
        region[data.features.of_kind(self.kind)], word[data.features.of_kind("word")] = True, True
        self.region, self.word = (torch.from_numpy(marks).to(options.device) for marks in (region, word))
        self.has = data.item_features.where(region[data.item_features.indices]).tensors(options.device)
        self.written: TensorRows = events.cells.where(word[events.cells.indices]).tensors(options.device)
        owners = np.repeat(np.arange(data.n_users), np.diff(events.offsets))
        self.keys = torch.from_numpy(owners * data.n_items + events.items).to(options.device)

    def seen(self, energy: Tensor, has: Tensor) -> Tensor:
        """alpha [n, P] over the regions that are there [n, P]; all 0 where there is none."""
        masked = energy.masked_fill(~has, torch.finfo(energy.dtype).min)
        return row_softmax(masked) * has

    def regions_of(self, items: Tensor, features: Tensor | None = None) -> Tensor:
        """Which regions items have [n, P]."""
        if features is not None:
            return (features > 0) & self.region
        return self.has.select(items).dense(len(self.region)) > 0

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net, both = self.network, torch.cat([batch.preferred, batch.other])
        e_u, q = functional.embedding(batch.users, net.users), functional.embedding(both, net.items)
        alpha = self.seen(net.energy(e_u).repeat(2, 1), self.regions_of(both))
        v = matrix_product(alpha, net.regions)
        scores = (e_u.repeat(2, 1) * (q + v)).sum(dim=1) + functional.embedding(both, net.bias)[:, 0]
        order: Tensor = bpr_loss(scores)[0]
        penalty = self.config.weight_decay * (e_u.square().sum() + q.square().sum()) / (2 * len(e_u))
        said = self.writing(batch.users, batch.preferred, e_u, v[: len(e_u)])
        return order + penalty + self.config.review_weight * said

    def writing(self, users: Tensor, items: Tensor, e_u: Tensor, v: Tensor) -> Tensor:
        """The mean of -log P(word | u, i) over the words of each review, and over pairs [n] that have some; 0 where none has."""
        net = self.network
        words = self.written.select(torch.searchsorted(self.keys, users * len(net.items) + items)).dense(len(self.word))
        logits = matrix_product(torch.tanh(matrix_product(e_u, net.said_u) + matrix_product(v, net.said_v)), net.said.t())
        chances = functional.log_softmax(logits.masked_fill(~self.word, torch.finfo(logits.dtype).min), dim=1)
        count = words.sum(dim=1)
        errors = -(words * chances * (words > 0)).sum(dim=1) / count.clamp_min(1)
        return errors.sum() / (count > 0).sum().clamp_min(1)

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class; features of users play no part."""
        net, parts = self.network, []
        with torch.no_grad():
            for at in range(0, max(1, len(users)), USERS_AT_ONCE):
                u, i = users[at : at + USERS_AT_ONCE], items[at : at + USERS_AT_ONCE]
                given = None if item_features is None else item_features[at : at + USERS_AT_ONCE]
                once, places = torch.unique(u, return_inverse=True)
                alpha = self.seen(net.energy(net.users[once])[places], self.regions_of(i, given))
                found = net.users[u] * (net.items[i] + matrix_product(alpha, net.regions))
                parts.append(found.sum(dim=1) + net.bias[i, 0])
        return torch.cat(parts)

    def attention(self, users: Tensor) -> Tensor:
        """Where users look, whatever there is: the softmax over all regions, [n, P]. Times what an item has, over its sum, it is
        alpha_ui."""
        with torch.no_grad():
            parts = [self.network.energy(self.network.users[some]) for some in torch.split(users, USERS_AT_ONCE)]
            energy = torch.cat(parts)
            return self.seen(energy, self.region.expand_as(energy))

    def item_attention(self, items: Tensor) -> Tensor:
        """The regions of items, equal shares."""
        has = self.regions_of(items).float()
        return has / has.sum(dim=1, keepdim=True).clamp_min(1)


class RegionsSeen(Explainer):
    """Weights: alpha_ui, how much u looks at each region of i; of a user as a whole, where they look whatever there is."""

    name = "vecf"
    reference = VECF.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "vecf"
    contrastive = False
    pairs_at_once = 2048

    def weigh(self, margin: Margin) -> Tensor:
        """The attention of each pair."""
        users, items, _ = margin.indices
        own = self.recommender.attention(users)
        both = torch.where((items >= 0)[:, None], own * self.recommender.item_attention(items.clamp_min(0)), own)
        return both / both.sum(dim=1, keepdim=True).clamp_min(1e-30)

    def explain_users(self, users: npt.NDArray[np.int64]) -> Explanations:
        """Where each user looks."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [VECF]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """What is looked at."""
    return [RegionsSeen]
