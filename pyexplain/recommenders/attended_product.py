"""The form of equations (2) to (4): attention over features, of users and of items (see forms.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ..data.sparse import TensorRows
from .attended_encodings import AttendedTables
from .attended_training import AttendedInputs
from .feature_product import ProductScores

if TYPE_CHECKING:
    from .config import NetworkConfig


@dataclass(frozen=True, eq=False)
class AttendedProduct(ProductScores):
    """score(u, i) = w2 . relu(W1 x + b1) + b2, x = (e_u * e_i) concat (z_u * z_i), with dropout on x in training;
    z_u = sum_k a_k f_uk w_k, a = softmax over k of e_u M_a w_k, and z_i likewise with M_b.

    user_embedding [U, d], item_embedding [I, d], words w [P, d], user_attention M_a [d, d], item_attention M_b [d, d], W1 [h, 2d],
    b1 [h], w2 [h], b2 []: the network's own parameters, not copies. mentioned_only: the softmax runs over the features that a row
    has a value of that is not 0, otherwise over all P. dropout in 0..1, 1 excluded.
    """

    user_embedding: Tensor
    item_embedding: Tensor
    words: Tensor
    user_attention: Tensor
    item_attention: Tensor
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor
    mentioned_only: bool = False
    dropout: float = 0.0

    def inputs(self, user_rows: TensorRows, item_rows: TensorRows, config: NetworkConfig) -> AttendedInputs:
        """What goes into the head in training."""
        tables = self.user_embedding, self.item_embedding, self.words, self.user_attention, self.item_attention
        return AttendedInputs(AttendedTables(*tables), self.mentioned_only, user_rows, item_rows, config)

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> None:
        """Not given: which features have a share of attention may depend on f_u."""
        return
