"""NRPA: which words of a review count, and which reviews, is asked anew for each user and item."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import Events, SparseRows, TensorRows
from pyexplain.explainers import Explainer, Explanations, sparse_weights
from pyexplain.margin import Margin
from pyexplain.ops import add_at, bpr_loss, matrix_product
from pyexplain.recommenders import LoopConfig, LossRecommender, Recommender, Term

SCALE = 0.1  # standard deviation of the first vectors of users and items, over sqrt(dim)
MOST_ENERGY = 20.0  # beyond, exp() is of no use
SIDES = ("users", "items")


class NRPANetwork(nn.Module):
    """words [P, dim]; users, items [N, dim]: who asks; bias [I, 1]; of_words_S, of_reviews_S [dim, dim]: A and A' of a side S."""

    users: Tensor
    items: Tensor

    def __init__(self, data: Dataset, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.words = nn.Parameter(torch.randn(data.n_features, dim, generator=g) * (1 / dim**0.5))
        for side, n in zip(SIDES, (data.n_users, data.n_items), strict=True):
            self.register_parameter(side, nn.Parameter(torch.randn(n, dim, generator=g) * (SCALE / dim**0.5)))
            for what in ("words", "reviews"):
                self.register_parameter(f"of_{what}_{side}", nn.Parameter(torch.randn(dim, dim, generator=g) / dim**0.5))
        for what in ("words", "reviews"):  # what everybody asks for
            self.register_parameter(f"all_{what}", nn.Parameter(torch.zeros(1, dim)))
        self.bias = nn.Parameter(torch.zeros(data.n_items, 1))


class Written(NamedTuple):
    """Reviews by number: users, items [m]; and their words, ascending by review: review, word [nnz], times: how often."""

    users: Tensor
    items: Tensor
    review: Tensor
    word: Tensor
    times: Tensor

    @staticmethod
    def of(data: Dataset, device: str) -> Written:
        """What models may see."""
        events = Events.of(data)
        words = events.cells.where(np.isin(events.cells.indices, data.features.of_kind("word")))
        owners = np.repeat(np.arange(data.n_users), np.diff(events.offsets))
        parts = owners, events.items, words.row_indices(), words.indices, words.values
        return Written(*(torch.from_numpy(np.ascontiguousarray(part)).to(device) for part in parts))


class Read(NamedTuple):
    """How one side reads: alpha [nnz] of each word of each review, of its author or item; text [m, dim] of each review; pull [m]:
    exp of what it counts beside the others, 0 for one without words."""

    alpha: Tensor
    text: Tensor
    pull: Tensor


class NRPA(LossRecommender):
    """score(u, i) = p_u . t_i + e_u . e_i + b_i. For user u, and for item i alike with parameters of its side (sections 3.1 to 3.3
    of the paper): a review r is d_r = sum over its words w of alpha_uw c_w, c the words' vectors, alpha_u proportional to how
    often r has w, times exp(c_w . (A e_u + a)); and u is p_u = sum over their reviews of beta_ur d_r, beta proportional to
    exp(d_r . (A' e_u + a')). In training the pair's own review is read by neither side, and of the drawn item one review less,
    too: else an item would be told to be liked by what it lacks.

    Both levels together are attention over words, C_uw = sum over r of beta_ur alpha_uw, so that p_u = sum over w of C_uw c_w. What
    is asked about f_u scales these: the score is linear in f_u and in f_i, each alone, and attention stays.

    The paper's: queries made of who reads, words attended in reviews and reviews among each other, on both sides. Not the paper's:
    a review is the set of its mentioned words, not text under a convolution, so word order is not read; a product in place of a
    factorization machine on top; a and a', what everybody asks for.
    """

    name = "nrpa"
    reference = "Liu et al., NRPA: Neural Recommendation with Personalized Attention, SIGIR 2019"
    offers = frozenset({"scores", "gradients", "attention"})
    tables: ClassVar[dict[str, str]] = {"users": "users", "items": "items", "bias": "items", "words": "features"}

    class Config(LoopConfig):
        """Sizes and penalty."""

        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(32, ge=1, description="width of all vectors")
        weight_decay: float = Field(0.01, ge=0, description="L2 penalty on the vectors of users and items that a batch names")

    config: Config
    network: NRPANetwork

    def build(self, data: Dataset, seed: int) -> NRPANetwork:
        """Words, readers, and what they ask for."""
        return NRPANetwork(data, self.config.dim, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The reviews."""
        self.written = Written.of(data, options.device)
        self.keys = self.written.users * data.n_items + self.written.items  # ascending
        self.by_item = torch.argsort(self.written.items, stable=True)
        self.counts = torch.bincount(self.written.items, minlength=data.n_items)
        self.own = {
            side: rows.tensors(options.device) for side, rows in zip(SIDES, (data.user_features, data.item_features), strict=True)
        }

    def reads(self, side: str) -> Read:
        """What each review is to the user who wrote it, or to the item that it is about."""
        net, written = self.network, self.written
        readers = written.users if side == "users" else written.items
        table: Tensor = getattr(net, side)
        ask = [matrix_product(table, getattr(net, f"of_{w}_{side}")) + getattr(net, f"all_{w}") for w in ("words", "reviews")]
        asked = ask[0].index_select(0, readers.index_select(0, written.review))
        vectors = net.words.index_select(0, written.word)
        pull = written.times * (asked * vectors).sum(dim=1).clamp(-MOST_ENERGY, MOST_ENERGY).exp()
        whole = add_at(pull.new_zeros(len(readers)), written.review, pull)
        alpha = pull / whole.index_select(0, written.review)
        text = add_at(vectors.new_zeros(len(readers), vectors.shape[1]), written.review, alpha[:, None] * vectors)
        energy = (text * ask[1].index_select(0, readers)).sum(dim=1).clamp(-MOST_ENERGY, MOST_ENERGY)
        return Read(alpha, text, energy.exp() * (whole > 0))

    def without(self, side: str, indices: Tensor, pairs: Tensor) -> Tensor:
        """p or t [n, dim] of numbers [n] of a side, read without the reviews numbered pairs [n] (-1: none)."""
        found = self.reads(side)
        owners = self.written.users if side == "users" else self.written.items
        weighed, n = found.pull[:, None] * found.text, len(getattr(self.network, side))
        sums = add_at(weighed.new_zeros(n, weighed.shape[1]), owners, weighed).index_select(0, indices)
        whole = add_at(found.pull.new_zeros(n), owners, found.pull).index_select(0, indices)
        own = (pairs >= 0) & (owners[pairs.clamp_min(0)] == indices)
        sums = sums - weighed.index_select(0, pairs.clamp_min(0)) * own[:, None]
        whole = whole - found.pull.index_select(0, pairs.clamp_min(0)) * own
        return sums / torch.where(whole > 1e-6, whole, torch.ones_like(whole))[:, None]

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """BPR; the mean over the batch."""
        net, both = self.network, torch.cat([batch.preferred, batch.other])
        own = torch.searchsorted(self.keys, batch.users * len(net.items) + batch.preferred)  # every training pair is there
        less = torch.cat([own, self.one_of(batch.other, generator)])
        p, t = self.without("users", batch.users, own), self.without("items", both, less)
        e_u, e_i = functional.embedding(batch.users, net.users), functional.embedding(both, net.items)
        scores = (p.repeat(2, 1) * t).sum(dim=1) + (e_u.repeat(2, 1) * e_i).sum(dim=1)
        order: Tensor = bpr_loss(scores + functional.embedding(both, net.bias)[:, 0])[0]
        return order + self.config.weight_decay * (e_u.square().sum() + e_i.square().sum()) / (2 * len(e_u))

    def one_of(self, items: Tensor, generator: torch.Generator) -> Tensor:
        """One drawn review [n] of each item, -1 where it has none."""
        drawn = torch.rand(len(items), generator=generator).to(items.device)
        counts, first = self.counts[items], (self.counts.cumsum(0) - self.counts)[items]
        at = first + (drawn * counts).long().clamp(max=(counts - 1).clamp_min(0))
        return torch.where(counts > 0, self.by_item[at.clamp(max=len(self.by_item) - 1)], -1)

    def changed(self) -> None:
        """Parameters have moved."""
        self._known: dict[str, Tensor] = {}

    def words_of(self, side: str) -> Tensor:
        """C [N, P] of all users or items; a constant."""
        if side not in self._known:
            with torch.no_grad():
                found, written = self.reads(side), self.written
                owners = written.users if side == "users" else written.items
                n, P = len(getattr(self.network, side)), len(self.network.words)
                whole = add_at(found.pull.new_zeros(n), owners, found.pull)
                beta = found.pull / whole[owners].clamp_min(1e-30)
                cells = owners[written.review] * P + written.word
                shares = beta[written.review] * found.alpha
                self._known[side] = add_at(shares.new_zeros(n * P), cells, shares).view(n, P)
        return self._known[side]

    def _text(self, side: str, indices: Tensor, features: Tensor | None) -> Tensor:
        """p or t [n, dim]."""
        shares = self.words_of(side)[indices]
        if features is not None:
            own = self.own[side].select(indices).dense(len(self.network.words))
            shares = shares * torch.where(own != 0, features / torch.where(own != 0, own, torch.ones_like(own)), 0.0)
        return matrix_product(shares, self.network.words.detach())

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        net = self.network
        p, t = self._text("users", users, user_features), self._text("items", items, item_features)
        latent = (net.users.detach()[users] * net.items.detach()[items]).sum(dim=1)
        return (p * t).sum(dim=1) + latent + net.bias.detach()[items, 0]

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        net = self.network
        with torch.no_grad():
            features = None if user_features is None else user_features.dense(len(net.words))
            every = torch.arange(len(net.items), device=users.device)
            latent = matrix_product(net.users[users], net.items.t(), net.bias[:, 0])
            return matrix_product(self._text("users", users, features), self._text("items", every, None).t(), latent)

    def attention(self, users: Tensor) -> Tensor:
        """C [n, P] of users; all 0 for one who wrote nothing."""
        return self.words_of("users")[users]

    def item_attention(self, items: Tensor) -> Tensor:
        """C [n, P] of items."""
        return self.words_of("items")[items]

    def reviews(self, user: int) -> list[tuple[int, float]]:
        """The items that a user reviewed and what each review counts, beta, largest first: which ones to quote."""
        with torch.no_grad():
            pull = self.reads("users").pull
            own = torch.nonzero(self.written.users == user)[:, 0]
            beta = pull[own] / pull[own].sum().clamp_min(1e-30)
        found = zip(self.written.items[own].tolist(), beta.tolist(), strict=True)
        return sorted(found, key=lambda one: (-one[1], one[0]))


class WordsAttended(Explainer):
    """Weights: the attention of both levels over words, u's times i's where they share words, else u's own; scaled to sum to 1. Of
    a user as a whole, theirs. Which reviews it comes from, for quotes: NRPA.reviews."""

    name = "nrpa"
    reference = NRPA.reference
    needs: ClassVar[frozenset[str]] = frozenset({"attention"})
    comes_with = "nrpa"
    contrastive = False
    pairs_at_once = 4096

    def weigh(self, margin: Margin) -> SparseRows:
        """The attention of each pair."""
        users, items, _ = margin.indices
        own = self.recommender.attention(users)
        both = own * self.recommender.item_attention(items.clamp_min(0)) * (items >= 0)[:, None]
        weights = torch.where(both.sum(dim=1, keepdim=True) > 0, both, own)
        return sparse_weights((weights / weights.sum(dim=1, keepdim=True).clamp_min(1e-30)).cpu().numpy())

    def explain_users(self, users: npt.NDArray[np.int64]) -> Explanations:
        """The attention of each user."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [NRPA]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its attention."""
    return [WordsAttended]
