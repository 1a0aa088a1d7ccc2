"""The form of eq. (5): native training, scoring and solving are written for it (see forms.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import AdamSettings, PairTraining, Tables, matrix_product, pair_products
from .product_scores import ProductScores
from .product_training import ProductInputs
from .user_side import UserSide

if TYPE_CHECKING:
    from .config import TrainingConfig


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

    def inputs(self, user_rows: TensorRows, item_rows: TensorRows, config: TrainingConfig) -> ProductInputs:
        """What goes into the head in training."""
        tables = Tables(self.user_embedding, self.item_embedding, self.user_map, self.item_map, user_rows, item_rows)
        return ProductInputs(PairTraining(tables, AdamSettings(lr=config.learning_rate)), user_rows, config.weight_decay)

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> UserSide:
        """The score as a function of f_u, for pairs [n] with E_i f_i [n, k] given; no autograd."""
        d = self.user_embedding.shape[1]
        x = pair_products(self.user_embedding.detach(), self.item_embedding.detach(), users.contiguous(), items.contiguous())
        W1, b1, w2, b2 = (p.detach() for p in (self.W1, self.b1, self.w2, self.b2))
        constant = matrix_product(x, W1[:, :d].t(), b1)
        return UserSide(constant, item_latent, self.user_map.detach(), W1[:, d:], w2, b2)
