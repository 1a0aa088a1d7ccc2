"""FISM: what a user likes says, item by item, how much another item will be liked; the similarity of two items is of low rank."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.ops import softplus
from pyexplain.recommenders import (
    HistoryProduct,
    HistoryProductRecommender,
    LoopConfig,
    Recommender,
    Term,
    mapped,
    scaled,
)

SCALE = 0.1  # standard deviation of the first entries, over sqrt(dim)


class FISMNetwork(nn.Module):
    """taken [I, dim]: p; given [I, dim]: q; bias [I, 1]: b."""

    def __init__(self, n_items: int, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.taken, self.given = (nn.Parameter(torch.randn(n_items, dim, generator=g) * (SCALE / dim**0.5)) for _ in range(2))
        self.bias = nn.Parameter(torch.zeros(n_items, 1))


class FISM(HistoryProductRecommender):
    """score(u, i) = b_i + n^-alpha * sum over the items k != i that u likes of p_k . q_i, n being how many they are (section 4 of
    the paper, without b_u, which orders nothing).

    Trained on 1/2 (1 - (score(u, i) - score(u, j)))^2 over training pairs (u, i) and a drawn j that u does not like (FISMauc,
    section 4.2), or on BPR, plus beta/2 (|P|^2 + |Q|^2) + gamma/2 |b|^2 beside the sum over all pairs. The pair's own item is out
    of the history for both scores, as in the paper. Nothing is kept of a user, so a new one needs no training.
    """

    name = "fism"
    reference = "Kabbur, Ning and Karypis, FISM: Factored Item Similarity Models for Top-N Recommender Systems, KDD 2013"

    tables: ClassVar[dict[str, str]] = {"taken": "items", "given": "items", "bias": "items"}

    class Config(LoopConfig):
        """The divisor, the loss, and the penalties."""

        learning_rate: float = Field(1e-3, gt=0, description="of Adam")
        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(64, ge=1, description="width of p and q")
        alpha: float = Field(0.5, ge=0, le=1, description="the sum over the history is divided by its length to this power")
        loss: Literal["auc", "bpr"] = Field("auc", description="auc: the squared error of the paper; bpr: -log sigmoid")
        beta: float = Field(0.1, ge=0, description="of p and q: L2 penalty beside the sum over all training pairs")
        gamma: float = Field(0.01, ge=0, description="of b: the same")

    config: Config
    network: FISMNetwork

    def build(self, data: Dataset, seed: int) -> FISMNetwork:
        """Two tables of factors and a bias."""
        return FISMNetwork(data.n_items, self.config.dim, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The history, and how many pairs there are."""
        super().read(data, options)
        self.n_pairs = max(1, len(data.train))

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        net = self.network
        others = self.history.without(batch.users, batch.preferred)
        past = mapped(scaled(others, self._scale(others.counts)), net.taken)  # [n, dim]
        lead = self._met(past, batch.preferred) - self._met(past, batch.other)
        errors = (1 - lead).square() / 2 if self.config.loss == "auc" else softplus(-lead)
        sizes = net.taken.square().sum() + net.given.square().sum()
        penalty = self.config.beta * sizes + self.config.gamma * net.bias.square().sum()
        return errors.mean() + penalty / (2 * self.n_pairs)

    def _met(self, past: Tensor, items: Tensor) -> Tensor:
        given, bias = (functional.embedding(items, table) for table in (self.network.given, self.network.bias))
        return (past * given).sum(dim=1) + bias[:, 0]

    def _scale(self, counts: Tensor) -> Tensor:
        return counts.clamp(min=1).float() ** -self.config.alpha

    def product(self) -> HistoryProduct:
        """As it is scored."""
        taken, given, bias = (p.detach() for p in (self.network.taken, self.network.given, self.network.bias))
        return HistoryProduct(self.history, taken, given, bias[:, 0], self._scale(self.history.own.counts))

    def with_users(self, data: Dataset) -> FISM:
        """See Recommender.with_users."""
        return self.seeing(data)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [FISM]
