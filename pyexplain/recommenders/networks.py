"""Networks that several methods share: sparse feature maps, the MLP head, and the network of eq. (5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..data.features import unmentioned_values
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..errors import UsageError
from ..ops import dropout_, matrix_product
from ..ops.add_at import add_at
from ..ops.dropout import dropout_seed
from .config import FeatureProductConfig, TrainingConfig
from .feature_product import FeatureProduct
from .user_side import UserSide

# The first parameters: what the entries of e_u start around, standard deviations of e_u and e_i, and that of the entries of
# E_u f_u and E_i f_i (see FeatureProductNetwork). Chosen on validation parts (docs/results/defaults.md).
USER_MEAN, USER_SCALE, ITEM_SCALE, LATENT_SCALE = 1.0, 0.3, 0.03, 0.4
SHORTEST = 1e-12  # lengths below are 0

FeatureRows = TensorRows  # the name that plugins know the tensor view of SparseRows by


class FeatureMap(nn.Module):
    """E_u or E_i of eq. (5): a linear map of features into the latent space; weight [P, k], one row a feature."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, rows: TensorRows | Tensor) -> Tensor:
        """Sparse rows or dense features [n, P] -> [n, k]."""
        return matrix_product(rows, self.weight) if isinstance(rows, Tensor) else mapped(rows, self.weight)


def mapped(rows: TensorRows, weight: Tensor) -> Tensor:
    """rows @ weight [n, k], for weight [P, k], without making the rows dense."""
    values = rows.values.to(weight.dtype)
    return functional.embedding_bag(rows.indices, weight, rows.offsets[:-1], mode="sum", per_sample_weights=values)


def table_rows(table: Tensor, numbers: Tensor) -> Tensor:
    """The rows [n] of a table of embeddings [N, d]; its gradient has these rows alone (see TorchEngine)."""
    return functional.embedding(numbers, table, sparse=True)


class Head(nn.Module):
    """w2 . relu(W1 x + b1) + b2, with dropout on x in training, drawn from the generator handed in."""

    def __init__(self, n_in: int, hidden: int, dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.W1 = nn.Parameter(torch.randn(hidden, n_in, generator=generator) * (2 / n_in) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(hidden))
        self.w2 = nn.Parameter(torch.randn(hidden, generator=generator) / hidden**0.5)
        self.b2 = nn.Parameter(torch.zeros(()))
        self.dropout = dropout

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """[n, n_in] -> [n]. Dropout only in training mode and with a generator."""
        if self.training and self.dropout > 0 and generator is not None:
            mask = torch.ones_like(x)
            dropout_(mask, self.dropout, dropout_seed(generator))
            x = x * mask
        return functional.relu(matrix_product(x, self.W1.t(), self.b1)) @ self.w2 + self.b2


def typical_length(rows: SparseRows) -> float:
    """Root mean square of the lengths ||f||_2 of the rows; 1 where all are empty."""
    return float((rows.values.astype("float64") ** 2).sum() / max(1, rows.n_rows)) ** 0.5 or 1.0


class FeatureProductNetwork(nn.Module):
    """MLP((e_u * e_i) concat (E_u f_u * E_i f_i)); paper, eq. (5).

    E_u and E_i start equal: word k means the same on both sides, so that before any training E_u f_u * E_i f_i is large where
    a user and an item share words. They part in training. With maps drawn apart, the same network ranks far worse when data
    are few (docs/results/defaults.md). Their scale makes the entries of E_u f_u and E_i f_i equally large on any data set, whether
    users write about three features or about thirty. The entries of e_u start around 1, so that e_u * e_i starts as the item's own
    embedding: what all users share (how popular an item is) is learned first, personal taste as the deviation from it. map_init
    "separate" and user_mean 0 start it as is usual (see FeatureProductConfig).
    """

    def __init__(
        self,
        data: Dataset,
        dim: int,
        hidden: int,
        dropout: float,
        seed: int,
        *,
        map_init: str = "equal",
        user_mean: float = USER_MEAN,
    ) -> None:
        super().__init__()
        g = torch.Generator().manual_seed(seed)
        self.user_embedding = nn.Parameter(user_mean + torch.randn(data.n_users, dim, generator=g) * USER_SCALE)
        self.item_embedding = nn.Parameter(torch.randn(data.n_items, dim, generator=g) * ITEM_SCALE)
        words = torch.randn(data.n_features, dim, generator=g)
        others = words if map_init == "equal" else torch.randn(data.n_features, dim, generator=g)
        drawn = zip((words, others), self.typical_lengths(data), strict=True)
        self.user_map, self.item_map = (FeatureMap(rows * (LATENT_SCALE / length)) for rows, length in drawn)
        self.head = Head(2 * dim, hidden, dropout, g)

    @staticmethod
    def of(data: Dataset, config: TrainingConfig, seed: int) -> FeatureProductNetwork:
        """With the sizes of the data set, drawn from the seed, as the configuration says."""
        given = data, config.dim, config.hidden or config.dim, config.dropout, seed
        usual = FeatureProductNetwork if data.settings.unmentioned == "zero" else LiteralFeatures
        if not isinstance(config, FeatureProductConfig):
            return usual(*given)
        if config.normalize != "none" and usual is LiteralFeatures:
            what = "features whose unmentioned entries are not 0 are not normalised here"
            hint = "Prepare the data set with --unmentioned zero, or leave normalize at none."
            raise UsageError(what, where="normalize", hint=hint)
        made = {"none": usual, "user": NormalizedUsers, "both": NormalizedFeatures}[config.normalize]
        return made(*given, map_init=config.map_init, user_mean=config.user_mean)

    def typical_lengths(self, data: Dataset) -> tuple[float, float]:
        """Of what goes into the two maps."""
        return typical_length(data.user_features), typical_length(data.item_features)

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_u f_u [n, d]."""
        return self.user_map(rows)  # type: ignore[no-any-return]

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_i f_i [n, d]."""
        return self.item_map(rows)  # type: ignore[no-any-return]

    def decode(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latent: Tensor, generator: torch.Generator | None = None
    ) -> Tensor:
        """Scores [n] from what the encoders gave."""
        x = torch.cat([self.user_embedding[users] * self.item_embedding[items], user_latent * item_latent], dim=1)  # [n, 2d]
        return self.head(x, generator)  # type: ignore[no-any-return]

    def feature_product(self) -> FeatureProduct:
        """This network is of the form of eq. (5); see recommenders/feature_product.py."""
        head = self.head
        tables = self.user_embedding, self.item_embedding, self.user_map.weight, self.item_map.weight
        return FeatureProduct(*tables, head.W1, head.b1, head.w2, head.b2, head.dropout)


class LiteralFeatures(FeatureProductNetwork):
    """The same where what was never mentioned has a value of its own, n_u [P] and n_i [P] (unmentioned_values), and features are
    kept less these: E_u (f_u + n_u) * E_i (f_i + n_i), by sparse rows and two vectors, E_u n_u and E_i n_i.

    Each map starts with rows that add up to zero over the words, so that the two vectors start at zero: they are the same for
    everybody, and would drown what sets people apart. It is trained by autograd.
    """

    unmentioned_user: Tensor
    unmentioned_item: Tensor

    def __init__(self, data: Dataset, *given: Any, **named: Any) -> None:
        super().__init__(data, *given, **named)
        for side, values in zip(("user", "item"), unmentioned_values(data), strict=True):
            self.register_buffer(f"unmentioned_{side}", torch.from_numpy(values), persistent=False)
            weight, words = getattr(self, f"{side}_map").weight, torch.from_numpy(values > 0)
            with torch.no_grad():
                weight[words] -= weight[words].mean(dim=0)

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_u (f_u + n_u) [n, d]."""
        return super().encode_users(users, rows) + self.unmentioned_user @ self.user_map.weight

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_i (f_i + n_i) [n, d]."""
        return super().encode_items(items, rows) + self.unmentioned_item @ self.item_map.weight

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> UserSide:
        """The score as a function of f_u, for pairs [n] with the encodings of their items [n, d] given; no autograd."""
        side = self.feature_product().user_side(users, items, item_latent)
        always = item_latent * (self.unmentioned_user @ self.user_map.weight.detach())  # [n, d]
        return replace(side, constant=side.constant + matrix_product(always, side.hidden_map.t()))


class NormalizedUsers(FeatureProductNetwork):
    """The same with f_u / ||f_u||_2 in place of f_u. It is not linear in f_u any more, so it is not of the form that the
    declaration speaks about: it is trained and explained by autograd."""

    def typical_lengths(self, data: Dataset) -> tuple[float, float]:
        """1, and that of f_i."""
        return 1.0, typical_length(data.item_features)

    def encode_users(self, users: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_u f_u / ||f_u||_2 [n, d]."""
        return super().encode_users(users, of_length_one(rows))


class NormalizedFeatures(NormalizedUsers):
    """The same with both sides normalised, as the paper's section 3.3.1 has it."""

    def typical_lengths(self, data: Dataset) -> tuple[float, float]:
        """1 and 1."""
        return 1.0, 1.0

    def encode_items(self, items: Tensor, rows: TensorRows | Tensor) -> Tensor:
        """E_i f_i / ||f_i||_2 [n, d]."""
        return super().encode_items(items, of_length_one(rows))


def of_length_one(rows: TensorRows | Tensor) -> TensorRows | Tensor:
    """Each row divided by its length ||f||_2; rows of zeros stay."""
    if isinstance(rows, Tensor):
        lengths: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
        return rows / lengths.clamp_min(SHORTEST)
    row = rows.row_indices()
    length = add_at(rows.values.new_zeros(rows.n_rows), row, rows.values.square()).sqrt().clamp_min(SHORTEST)
    return SparseRows(rows.offsets, rows.indices, rows.values / length[row], rows.n_columns)
