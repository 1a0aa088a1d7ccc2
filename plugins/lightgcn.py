"""LightGCN: embeddings of users and items, smoothed over the graph of who likes what."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, RunOptions, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.ops import bpr_loss
from pyexplain.recommenders import HistoryProduct, HistoryProductRecommender, LoopConfig, Recommender, Term, mapped

SCALE = 0.1  # standard deviation of the first entries, as in the authors' code


class LightGCNNetwork(nn.Module):
    """e^(0): of users [U, dim] and items [I, dim]."""

    def __init__(self, n_users: int, n_items: int, dim: int, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.users, self.items = (nn.Parameter(torch.randn(n, dim, generator=g) * SCALE) for n in (n_users, n_items))


class Graph:
    """Who likes what, each edge weighing 1 / sqrt(|N_u| |N_i|): rows of users over items, and of items over users."""

    def __init__(self, data: Dataset, device: str) -> None:
        users, items = np.unique(data.train, axis=0).reshape(-1, 2).T
        degrees = np.bincount(users, minlength=data.n_users), np.bincount(items, minlength=data.n_items)
        self.user_scale, self.item_scale = (
            torch.from_numpy(np.maximum(1, d).astype(np.float32) ** -0.5).to(device) for d in degrees
        )
        weights = (np.maximum(1, degrees[0][users] * degrees[1][items]).astype(np.float64)) ** -0.5
        self.of_users: TensorRows = SparseRows.from_triples(users, items, weights, (data.n_users, data.n_items)).tensors(device)
        self.of_items: TensorRows = SparseRows.from_triples(items, users, weights, (data.n_items, data.n_users)).tensors(device)

    def layers(self, users: Tensor, items: Tensor, count: int) -> list[tuple[Tensor, Tensor]]:
        """e^(0) to e^(count) of users and items, equation (3) of the paper."""
        found = [(users, items)]
        for _ in range(count):
            u, i = found[-1]
            found.append((mapped(self.of_users, i), mapped(self.of_items, u)))
        return found

    def mean(self, users: Tensor, items: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Their mean, equation (4) with equal weights."""
        u, i = zip(*self.layers(users, items, count), strict=True)
        return sum(u[1:], u[0]) / (count + 1), sum(i[1:], i[0]) / (count + 1)


class Smoothed(torch.autograd.Function):
    """Graph.mean. It is linear and its matrix symmetric, so gradients go back the way that embeddings come."""

    @staticmethod
    def forward(context: Any, users: Tensor, items: Tensor, graph: Graph, count: int) -> tuple[Tensor, Tensor]:
        """[U, dim], [I, dim]."""
        context.graph, context.count = graph, count
        return graph.mean(users, items, count)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Of users and items."""
        return *context.graph.mean(*(g.contiguous() for g in gradients), context.count), None, None


class LightGCN(HistoryProductRecommender):
    """score(u, i) = e_u . e_i, e the mean of layers 0 to K; e_u^(l+1) = sum over the items i that u likes of
    e_i^(l) / sqrt(|N_u| |N_i|), and e_i^(l+1) likewise over its users (equations (3) to (6) of the paper).

    Trained on BPR plus weight_decay/2 (|e_u^(0)|^2 + |e_i^(0)|^2 + |e_j^(0)|^2), a mean over triples (equation (15)). What is asked
    about a user's history is asked of the sums over it that e_u is made of: score(u, i) = (e_u^(0) + |N_u|^-1/2 sum over the
    history k of |N_k|^-1/2 (e_k^(0) + ... + e_k^(K-1))) . e_i / (K + 1). Everybody else's history, and what it makes of e_k and
    e_i, stays as it is.
    """

    name = "lightgcn"
    reference = "He et al., LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation, SIGIR 2020"

    tables: ClassVar[dict[str, str]] = {"users": "users", "items": "items"}

    class Config(LoopConfig):
        """Width, layers and penalty."""

        learning_rate: float = Field(1e-3, gt=0, description="of Adam")
        epochs: int = Field(150, ge=1)
        patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
        dim: int = Field(64, ge=1, description="width of the embeddings")
        layers: int = Field(3, ge=0, le=16, description="K: how far it is smoothed; 0: plain factors")
        weight_decay: float = Field(1e-2, ge=0, description="L2 penalty on the rows of layer 0 that a batch names")

    config: Config
    network: LightGCNNetwork

    def build(self, data: Dataset, seed: int) -> LightGCNNetwork:
        """Two tables."""
        return LightGCNNetwork(data.n_users, data.n_items, self.config.dim, seed)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """The history and the graph."""
        super().read(data, options)
        self.graph = Graph(data, options.device)

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class."""
        first, items = (self.network.users, self.network.items), torch.cat([batch.preferred, batch.other])
        users, catalogue = Smoothed.apply(*first, self.graph, self.config.layers)  # type: ignore[no-untyped-call]
        scores = functional.embedding(batch.users, users).repeat(2, 1) * functional.embedding(items, catalogue)
        rows = functional.embedding(batch.users, first[0]), functional.embedding(items, first[1])
        penalty = sum(part.square().sum() for part in rows) / (2 * len(batch.users))
        return bpr_loss(scores.sum(dim=1))[0] + self.config.weight_decay * penalty

    def product(self) -> HistoryProduct:
        """As it is scored: e_u taken apart into the user's own and what the history brings along."""
        count, graph = self.config.layers, self.graph
        layers = graph.layers(self.network.users.detach(), self.network.items.detach(), count)
        items = torch.stack([i for _, i in layers]).sum(dim=0) / (count + 1)
        brought = torch.stack([i for _, i in layers[:-1]]).sum(dim=0) if count else torch.zeros_like(items)
        taken = brought * graph.item_scale[:, None] / (count + 1)
        bias, base = items.new_zeros(len(items)), layers[0][0] / (count + 1)
        return HistoryProduct(self.history, taken, items, bias, graph.user_scale, base)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [LightGCN]
