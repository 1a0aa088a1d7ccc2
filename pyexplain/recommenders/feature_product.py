"""The form of eq. (5), for which native training, scoring and solving are written (forms.py); and scores of all with its head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import AdamSettings, HeadParameters, PairTraining, Tables, matrix_product, pair_products
from ..ops.head import plain_pair_scores
from .catalogue import Catalogue
from .product_lifts import ProductLifts
from .product_training import ProductInputs
from .user_side import UserSide

if TYPE_CHECKING:
    from .config import NetworkConfig
    from .forms import Lifts


class ProductScores:
    """Scores of networks whose head reads (e_u * e_i) concat (z_u * z_i), once all z are at hand; wherever z comes from.

    user_embedding [U, d], item_embedding [I, d], and the head's W1 [h, d + k], b1 [h], w2 [h], b2 []."""

    reads_features: ClassVar[bool] = True
    user_embedding: Tensor
    item_embedding: Tensor
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor

    def encodings(self) -> None:
        """z, as the network's encoders give it."""
        return

    def known_scores(self, users: Tensor, items: Tensor, user_latents: Tensor, item_latents: Tensor) -> Tensor:
        """Scores [n] in evaluation mode, from z of all users [U, k] and all items [I, k]; no autograd."""
        return self._scores((self.user_embedding.detach(), self.item_embedding.detach(), user_latents, item_latents), users, items)

    def changed_scores(
        self, users: Tensor, items: Tensor, user_latent: Tensor, item_latents: Tensor, owners: Tensor | None = None
    ) -> Tensor:
        """The same for other user features: user_latent [n, k] is of these users [n] themselves. owners [m]: which of them each of
        items [m] is asked of; None: m = n, and each its own."""
        tables = self.user_embedding.detach()[users], self.item_embedding.detach(), user_latent, item_latents
        return self._scores(tables, torch.arange(len(users), device=users.device) if owners is None else owners, items)

    def _scores(self, tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor) -> Tensor:
        head = HeadParameters(*(p.detach() for p in (self.W1, self.b1, self.w2, self.b2)))
        return plain_pair_scores(tables, users.contiguous(), items.contiguous(), head)

    def catalogue(self, item_latents: Tensor) -> Catalogue:
        """Scores of users with every item."""
        items = torch.cat([self.item_embedding.detach(), item_latents], dim=1)
        return Catalogue(self.user_embedding.detach(), items, *(p.detach() for p in (self.W1, self.b1, self.w2, self.b2)))

    def lifts(self, item_latents: Tensor) -> Lifts | None:
        """Nothing is known of it, unless the form says more."""
        return None


@dataclass(frozen=True, eq=False)
class FeatureProduct(ProductScores):
    """score(u, i) = w2 . relu(W1 x + b1) + b2, x = (e_u * e_i) concat (E_u f_u * E_i f_i), with dropout on x in training.

    user_embedding [U, d], item_embedding [I, d], user_map [P, k], item_map [P, k], W1 [h, d + k], b1 [h], w2 [h], b2 []: the
    network's own parameters, not copies. dropout in 0..1, 1 excluded.
    """

    user_embedding: Tensor
    item_embedding: Tensor
    user_map: Tensor
    item_map: Tensor
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    dropout: float = 0.0

    def inputs(self, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig) -> ProductInputs:
        """What goes into the head in training."""
        tables = Tables(self.user_embedding, self.item_embedding, self.user_map, self.item_map, user_rows, item_rows)
        return ProductInputs(PairTraining(tables, AdamSettings(lr=config.learning_rate)), user_rows, config.weight_decay)

    def lifts(self, item_latents: Tensor) -> ProductLifts:
        """By E_u, and the part of the head that reads features."""
        d = self.user_embedding.shape[1]
        return ProductLifts(self.user_map.detach(), item_latents, self.W1.detach()[:, d:], self.w2.detach())

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> UserSide:
        """The score as a function of f_u, for pairs [n] with E_i f_i [n, k] given; no autograd."""
        d = self.user_embedding.shape[1]
        x = pair_products(self.user_embedding.detach(), self.item_embedding.detach(), users.contiguous(), items.contiguous())
        W1, b1, w2, b2 = (p.detach() for p in (self.W1, self.b1, self.w2, self.b2))
        constant = matrix_product(x, W1[:, :d].t(), b1)
        return UserSide(constant, item_latent, self.user_map.detach(), W1[:, d:], w2, b2)
