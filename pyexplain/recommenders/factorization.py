"""Scores by factorised interactions of second order: user, item, and the features of both, each with a vector."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from ..data.kinds import ATTRIBUTE, HISTORY, WORD
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..ops import bpr_loss
from .base import GRADIENTS, SCORES
from .config import Config as BaseConfig
from .config import LoopConfig
from .fields import Fields
from .loss_recommender import LossRecommender
from .networks import mapped
from .objective import Term
from .options import RunOptions
from .without_own import LeftRows

SCALE = 0.1  # standard deviation of the first vectors, over sqrt(dim)
PAIRS_AT_ONCE = 4096  # what is made of this many stays in the cache


class FactorizationConfig(LoopConfig):
    """Keys of methods with such interactions."""

    learning_rate: float = Field(1e-3, gt=0, description="of Adam")
    epochs: int = Field(150, ge=1)
    patience: int = Field(30, ge=0, description="as elsewhere; longer, for popularity is learned long before taste")
    dim: int = Field(64, ge=1, description="width of the vectors")
    weight_decay: float = Field(0.1, ge=0, description="L2 penalty on all vectors, beside the sum over all training pairs")


class FactorizationNetwork(nn.Module):
    """Vectors of users [U, dim], items [I, dim] and the features of either side [P, dim]; what an item is worth by itself [I, 1]
    and by its features [P, 1]."""

    users: Tensor
    items: Tensor
    user_features: Tensor
    item_features: Tensor

    def __init__(self, data: Dataset, dim: int, g: torch.Generator) -> None:
        super().__init__()
        sizes = {"users": data.n_users, "items": data.n_items, "user_features": data.n_features, "item_features": data.n_features}
        for name, size in sizes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(size, dim, generator=g) * (SCALE / dim**0.5)))
        self.item_bias, self.feature_bias = (nn.Parameter(torch.zeros(size, 1)) for size in (data.n_items, data.n_features))


class FactorizationRecommender(LossRecommender):
    """Every two of what is there (user, item, their features) add x_j x_l v_j . v_l to the score, every one of it w_j x_j.

    What is the same for every item is left out. With p = v_u + sum over k of f_uk v_k and q = v_i + sum over k of f_ik v'_k that is
    w_i + w . f_i + p . q + the sum over pairs within the item. Features are over the length of what a row holds of their kind
    (fields.py), users by how often. Trained on BPR; in training a user holds what they held without the pair (LeftRows). A plugin
    may add to the score in `more`.
    """

    offers = frozenset({SCORES, GRADIENTS})
    kinds: ClassVar[tuple[str, ...]] = (WORD, ATTRIBUTE, HISTORY)
    counted: ClassVar[bool] = True
    tables: ClassVar[dict[str, str]] = {
        "users": "users",
        "items": "items",
        "user_features": "features",
        "item_features": "features",
        "item_bias": "items",
        "feature_bias": "features",
    }
    Config: ClassVar[type[BaseConfig]] = FactorizationConfig
    config: FactorizationConfig
    network: FactorizationNetwork

    def build(self, data: Dataset, seed: int) -> FactorizationNetwork:
        """Where training begins."""
        return FactorizationNetwork(data, self.config.dim, torch.Generator().manual_seed(seed))

    def read(self, data: Dataset, options: RunOptions) -> None:
        """Features of both sides."""
        self.of_users, self.of_items = (Fields.of(data, rows, options.device) for rows in (data.user_features, data.item_features))
        self.n_pairs = max(1, len(data.train))

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train."""
        self.left = LeftRows.of(data, options.device)
        return super().fit(data, options)

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """See the class; the mean over the batch."""
        self.network.train()
        net, items = self.network, torch.cat([batch.preferred, batch.other])
        user = self.user(batch.users, self.left.rows(batch.users, batch.preferred)).repeat(2, 1, 1)
        scores = self.joined(user, self.item(items, None), generator)
        sizes = [getattr(net, name).square().sum() for name in ("users", "items", "user_features", "item_features")]
        return bpr_loss(scores)[0] + self.config.weight_decay / (2 * self.n_pairs) * torch.stack(sizes).sum()

    def more(self, user: Tensor, item: Tensor, generator: torch.Generator | None) -> Tensor | float:
        """What is added to scores, [n], from the fields of users and items [n, 1 + K, dim]; the generator is there in training."""
        return 0.0

    def user(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """The fields of users, [n, 1 + K, dim]: v_u, and the sums over the features of each kind."""
        own = functional.embedding(users, self._table("users"))
        return torch.cat([own[:, None], self.of_users.summed(users, features, self._table("user_features"))], dim=1)

    def item(self, items: Tensor, features: Tensor | None) -> tuple[Tensor, Tensor]:
        """Those of items, and what items are worth by themselves, [n]."""
        table, bias = self._table("item_features"), self._table("feature_bias")
        fields = self.of_items.summed(items, features, table)
        own = functional.embedding(items, self._table("items"))[:, None]
        both = torch.cat([own, fields], dim=1)  # [n, 1 + K, dim]
        pairs = both.sum(dim=1).square().sum(dim=1) - own[:, 0].square().sum(dim=1) - self._squares(items, features, table)
        alone = self.of_items.summed(items, features, bias).sum(dim=(1, 2))
        return both, functional.embedding(items, self._table("item_bias"))[:, 0] + alone + pairs / 2

    def _squares(self, items: Tensor, features: Tensor | None, table: Tensor) -> Tensor:
        """Sum over k of f_ik^2 |v_k|^2, [n]: what the square of the sum has too much."""
        size, fields = table.square().sum(dim=1, keepdim=True), self.of_items
        if features is not None:
            weights = fields.scale[items][:, fields.field]  # [n, P]
            return ((features * weights).square() @ size)[:, 0]
        rows = fields.weighted(items, fields.rows.select(items))
        return mapped(SparseRows(rows.offsets, rows.indices, rows.values.square(), rows.n_columns), size)[:, 0]

    def joined(self, user: Tensor, item: tuple[Tensor, Tensor], generator: torch.Generator | None = None) -> Tensor:
        """Scores [n]."""
        fields, alone = item
        return (user.sum(dim=1) * fields.sum(dim=1)).sum(dim=1) + alone + self.more(user, fields, generator)

    def _table(self, name: str) -> Tensor:
        """A parameter; a constant where nobody trains."""
        found: Tensor = getattr(self.network, name)
        return found if self.network.training else found.detach()

    def changed(self) -> None:
        """Parameters have moved."""
        self.network.eval()
        self._known: tuple[Tensor, Tensor, Tensor] | None = None

    def known(self) -> tuple[Tensor, Tensor, Tensor]:
        """Fields of all users [U, 1 + K, dim] and items, and what items are worth by themselves [I]."""
        if self._known is None:
            with torch.no_grad():
                users, items = (torch.arange(f.rows.n_rows, device=self.device) for f in (self.of_users, self.of_items))
                self._known = self.user(users, None), *self.item(items, None)
        return self._known

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | TensorRows | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        if user_features is None and item_features is None:
            parts = zip(torch.split(users, PAIRS_AT_ONCE), torch.split(items, PAIRS_AT_ONCE), strict=True)
            with torch.no_grad():
                return torch.cat([self._of_known(u, i) for u, i in parts])
        asked = [f for f in (user_features, item_features) if isinstance(f, Tensor) and f.requires_grad]
        all_users, fields, alone = self.known()
        with torch.set_grad_enabled(bool(asked) and torch.is_grad_enabled()):
            user = all_users[users] if user_features is None else self.user(users, user_features)
            item = (fields[items], alone[items]) if item_features is None else self.item(items, item_features)
            return self.joined(user, item)

    def _of_known(self, users: Tensor, items: Tensor) -> Tensor:
        all_users, fields, alone = self.known()
        return self.joined(all_users[users], (fields[items], alone[items]))
