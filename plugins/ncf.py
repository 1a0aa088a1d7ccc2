"""NCF: neural collaborative filtering on identities alone, with both of its parts. He et al., WWW 2017, sections 3.2 to 3.4."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, hookimpl
from pyexplain.data import SparseRows, TensorRows
from pyexplain.recommenders import Head, JoinedEmbeddings, Recommender, TrainingConfig, table_rows

SCALE = 0.1  # standard deviation of the first entries of the MLP's embeddings; see docs/results/defaults.md


class NCFConfig(TrainingConfig):
    """The shared keys, and the width of the product."""

    factors: int = Field(350, ge=0, description="width of the product p_u . q_i beside the MLP; 0: the MLP alone")


class NCFNetwork(nn.Module):
    """p_u . q_i + MLP(e_u concat e_i); features are not used, so both encodings are empty.

    The sum is the fusion of He et al.'s eq. (12), whose weights of the product are absorbed by the factors. The factors start where
    neighbours do (`neighbourly_factors`); from random ones, or with the MLP alone, no more than the popularity of items is
    learned where people have two or three pairs each (docs/results/defaults.md).
    """

    row_tables: ClassVar[dict[str, str]] = {
        "user_embedding": "users",
        "item_embedding": "items",
        "user_factors": "users",
        "item_factors": "items",
    }

    def __init__(self, data: Dataset, config: NCFConfig, seed: int) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        d = config.dim
        self.user_embedding = nn.Parameter(torch.randn(data.n_users, d, generator=g) * SCALE)
        self.item_embedding = nn.Parameter(torch.randn(data.n_items, d, generator=g) * SCALE)
        self.head = Head(2 * d, config.hidden or d, config.dropout, g)
        p, q = neighbourly_factors(data, config.factors, g)
        self.user_factors, self.item_factors = nn.Parameter(p), nn.Parameter(q)

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Nothing, [n, 0]."""
        return self.user_embedding.new_zeros(len(users), 0)

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """Nothing, [n, 0]."""
        return self.user_embedding.new_zeros(len(items), 0)

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Scores [n]."""
        x = torch.cat([table_rows(self.user_embedding, users), table_rows(self.item_embedding, items)], dim=1)  # [n, 2d]
        product = table_rows(self.user_factors, users) * table_rows(self.item_factors, items)  # [n, factors]
        scores: Tensor = self.head(x, generator) + product.sum(dim=1)
        return scores

    def joined_embeddings(self) -> JoinedEmbeddings:
        """This network is of a form that native steps are written for; see recommenders/joined_embeddings.py."""
        head = self.head
        tables = self.user_embedding, self.item_embedding, self.user_factors, self.item_factors
        return JoinedEmbeddings(*tables, head.W1, head.b1, head.w2, head.b2, head.dropout)


def neighbourly_factors(data: Dataset, width: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
    """p [U, width] and q [I, width]: p_u . q_i says how much i is liked together with what u likes. It is about the sum over the
    items k != i that u likes of c_ki / ((1 + c_k) sqrt(1 + c_i)), with c_ki users who like both and c_k who like k.

    Each item gets a random direction, a user the sum of those of the liked items, an item the sum of those of its users. From
    training pairs alone; the wider, the nearer.
    """
    users, items = data.train.T
    ones = np.ones(len(users), np.float32)
    liked = SparseRows.from_triples(users, items, ones, (data.n_users, data.n_items)).tensors()
    likers = SparseRows.from_triples(items, users, ones, (data.n_items, data.n_users)).tensors()
    counts = likers.counts[:, None].float()  # [I, 1]
    directions = torch.randn(data.n_items, width, generator=g) / max(1, width) ** 0.5 / (1 + counts).sqrt()
    p = _sums(liked, directions)
    return p, (_sums(likers, p) - counts * directions) / (1 + counts).sqrt()


def _sums(rows: TensorRows, table: Tensor) -> Tensor:
    if table.shape[1] == 0:
        return table.new_zeros(rows.n_rows, 0)
    return functional.embedding_bag(rows.indices, table, rows.offsets[:-1], mode="sum", per_sample_weights=rows.values)


class NCF(Recommender):
    """The baseline that sees no features."""

    name = "ncf"
    reference = "He et al., Neural Collaborative Filtering, WWW 2017"
    tables = NCFNetwork.row_tables
    Config = NCFConfig
    config: NCFConfig

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """Two tables of embeddings and two of factors, and the head."""
        return NCFNetwork(data, self.config, seed)


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The baseline."""
    return [NCF]
