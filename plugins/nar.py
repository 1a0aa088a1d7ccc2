"""NAR: neural attention recommendation. The paper's white box: attention weights rank and explain. Equations (2) to (4)."""

from __future__ import annotations

from typing import ClassVar, Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from pyexplain import Dataset, hookimpl
from pyexplain.data import SparseRows, TensorRows, unmentioned_values
from pyexplain.explainers import Explainer, Explanations, sparse_weights
from pyexplain.margin import Margin
from pyexplain.ops import matrix_product, row_softmax
from pyexplain.recommenders import AttendedProduct, Config, Head, Recommender, TrainingConfig, table_rows

# The first parameters: the lengths of w_k and of e_u; e_u M_a w_k where e_u points along w_k; the share of noise in e_u and e_i.
WORD_LENGTH, LENGTH, FIRST_ENERGY, NOISE = 2.0, 2.0, 5.0, 0.3


class NARConfig(TrainingConfig):
    """The shared keys, and over which features attention is spread."""

    attend: Literal["all", "mentioned"] = Field("all", description="softmax over all P features, or over those mentioned")


class NARNetwork(nn.Module):
    """alpha = softmax_k(e_u M_a w_k), beta = softmax_k(e_i M_b w_k); MLP((e_u * e_i) concat (sum alpha w f_u * sum beta w f_i))."""

    row_tables: ClassVar[dict[str, str]] = {"user_embedding": "users", "item_embedding": "items"}

    def __init__(self, data: Dataset, config: NARConfig, seed: int) -> None:
        super().__init__()
        d = config.dim
        g = torch.Generator().manual_seed(seed)
        self.words = nn.Parameter(functional.normalize(torch.randn(data.n_features, d, generator=g)) * WORD_LENGTH)
        self.user_embedding = nn.Parameter(_mean_words(data.user_features, self.words, g))
        self.item_embedding = nn.Parameter(_mean_words(data.item_features, self.words, g))
        # e_u and w_k start in one space: with a multiple of the identity between them a user attends first to words of their own
        self.M_a = nn.Parameter(torch.eye(d) * (FIRST_ENERGY / WORD_LENGTH / LENGTH))
        self.M_b = nn.Parameter(torch.eye(d) * (FIRST_ENERGY / WORD_LENGTH / LENGTH))
        self.head = Head(2 * d, config.hidden or d, config.dropout, g)
        self.mentioned_only = config.attend == "mentioned"

    def attention(self, embedding: Tensor, M: Tensor, features: Tensor) -> Tensor:
        """eq. (2): rows over features [n, P] that sum to 1 (all zero for a row that may attend to nothing)."""
        energy = matrix_product(matrix_product(embedding, M), self.words.T)  # [n, P]
        if self.mentioned_only:
            energy = energy.masked_fill(features == 0, -torch.inf)
            return row_softmax(energy).nan_to_num(0.0)
        return row_softmax(energy)

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """eq. (3) left, [n, d]."""
        return self._aggregate(table_rows(self.user_embedding, users), self.M_a, rows)

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """eq. (3) right, [n, d]."""
        return self._aggregate(table_rows(self.item_embedding, items), self.M_b, rows)

    def _aggregate(self, embedding: Tensor, M: Tensor, rows: TensorRows | Tensor) -> Tensor:
        features = rows if isinstance(rows, Tensor) else rows.dense(len(self.words))
        return matrix_product(self.attention(embedding, M, features) * features, self.words)

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """eq. (4), scores [n]."""
        identity = table_rows(self.user_embedding, users) * table_rows(self.item_embedding, items)
        x = torch.cat([identity, user_latent * item_latent], dim=1)  # [n, 2d]
        scores: Tensor = self.head(x, generator)
        return scores

    def attended_product(self) -> AttendedProduct:
        """This network is of the form of equations (2) to (4); see recommenders/attended_product.py."""
        head, only = self.head, self.mentioned_only
        tables = self.user_embedding, self.item_embedding, self.words, self.M_a, self.M_b
        return AttendedProduct(*tables, head.W1, head.b1, head.w2, head.b2, only, head.dropout)


class LiteralNAR(NARNetwork):
    """The same where what was never mentioned has a value of its own, n [P], and features are kept less it: sum alpha w (f + n)."""

    def __init__(self, data: Dataset, config: NARConfig, seed: int) -> None:
        super().__init__(data, config, seed)
        self.unmentioned = tuple(torch.from_numpy(values) for values in unmentioned_values(data))

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """eq. (3) left, [n, d]."""
        return self._with(table_rows(self.user_embedding, users), self.M_a, rows, self.unmentioned[0])

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """eq. (3) right, [n, d]."""
        return self._with(table_rows(self.item_embedding, items), self.M_b, rows, self.unmentioned[1])

    def _with(self, embedding: Tensor, M: Tensor, rows: TensorRows | Tensor, unmentioned: Tensor) -> Tensor:
        features = rows if isinstance(rows, Tensor) else rows.dense(len(self.words))
        whole = features + unmentioned.to(features.device)
        return matrix_product(self.attention(embedding, M, features) * whole, self.words)


def _mean_words(rows: SparseRows, words: Tensor, g: torch.Generator) -> Tensor:
    """The direction [n, d] of the words that each row mentions, with some noise: where e_u and e_i start."""
    with torch.no_grad():
        features = rows.tensors()
        sums = functional.embedding_bag(
            features.indices, words, features.offsets[:-1], mode="sum", per_sample_weights=features.values
        )
        noise = torch.randn(sums.shape, generator=g) * (NOISE / words.shape[1] ** 0.5)
        start: Tensor = LENGTH * (functional.normalize(sums) + noise)
        return start


class NAR(Recommender):
    """The recommender whose attention is its explanation."""

    name = "nar"
    reference = "the paper, section 3.2, equations (2) to (4)"
    offers = frozenset({"scores", "gradients", "attention"})
    tables: ClassVar[dict[str, str]] = {"user_embedding": "users", "item_embedding": "items", "words": "features"}
    Config = NARConfig
    config: NARConfig

    def build(self, data: Dataset, seed: int) -> nn.Module:
        """Embeddings, words, two attention maps and the head."""
        return (NARNetwork if data.settings.unmentioned == "zero" else LiteralNAR)(data, self.config, seed)

    def attention(self, users: Tensor) -> Tensor:
        """alpha [n, P]."""
        return self._attention(users, "user")

    def item_attention(self, items: Tensor) -> Tensor:
        """beta [n, P]."""
        return self._attention(items, "item")

    def _attention(self, indices: Tensor, side: str) -> Tensor:
        network = cast(NARNetwork, self.model.network)
        embedding, M, rows = {
            "user": (network.user_embedding, network.M_a, self.model.user_rows),
            "item": (network.item_embedding, network.M_b, self.model.item_rows),
        }[side]
        with torch.no_grad():
            return network.attention(embedding[indices], M, rows.select(indices).dense(self.model.n_features))


class AttentionExplainer(Explainer):
    """Weights are attention: alpha for a user as a whole, the paper's vector. For (u, i), by `weights`: "product", alpha * beta
    scaled to sum to 1, what the user attends to among what the item is attended for; "alpha", the user's alone, whatever the item;
    "beta", the item's, whoever the user."""

    name = "nar"
    reference = NAR.reference
    needs = frozenset({"attention"})
    comes_with = "nar"
    contrastive = False
    pairs_at_once = 4096

    class Config(Config):
        """Whose attention, and how many features of a row are kept."""

        keep: int | None = Field(None, ge=1, description="the largest weights of a row that are kept; default all")
        weights: Literal["product", "alpha", "beta"] = Field(
            "product",
            description="of (user, item): both attentions multiplied; alpha, the user's, as in the paper; beta, the item's",
        )

    config: Config

    def weigh(self, margin: Margin) -> SparseRows:
        """The attention of each pair, alpha where there is no item."""
        users, items, _ = margin.indices
        alpha, beta = self.recommender.attention(users), self.recommender.item_attention(items.clamp_min(0))
        chosen = {"product": alpha * beta, "alpha": alpha, "beta": beta}[self.config.weights]
        attention = torch.where((items >= 0)[:, None], chosen, alpha)  # [n, P]
        weights = attention / attention.sum(dim=1, keepdim=True).clamp_min(1e-30)
        return sparse_weights(weights.cpu().numpy(), self.config.keep)

    def explain_users(self, users: npt.NDArray[np.int64]) -> Explanations:
        """alpha for each user."""
        return self.explain(np.stack([users, np.full_like(users, -1)], axis=1))


@hookimpl
def pyexplain_recommenders() -> list[type[Recommender]]:
    """The recommender."""
    return [NAR]


@hookimpl
def pyexplain_explainers() -> list[type[Explainer]]:
    """Its attention."""
    return [AttentionExplainer]
