"""The form of eq. (5), and how a network declares that it has it: native training, scoring and solving are written for the form,
not for a class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..ops import HeadParameters, matrix_product, pair_products, pair_scores
from .user_side import UserSide

DECLARES = "feature_product"
MEANS = ("encode_users", "encode_items", "decode")  # what a declaration speaks about


@dataclass(frozen=True, eq=False)
class FeatureProduct:
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

    def known_scores(self, users: Tensor, items: Tensor, user_latents: Tensor, item_latents: Tensor) -> Tensor:
        """Scores [n] in evaluation mode, from the encodings of all users [U, k] and all items [I, k]; no autograd."""
        return self._scores((self.user_embedding.detach(), self.item_embedding.detach(), user_latents, item_latents), users, items)

    def changed_scores(self, users: Tensor, items: Tensor, user_latent: Tensor, item_latents: Tensor) -> Tensor:
        """The same for other user features: user_latent [n, k] is of these users [n] themselves."""
        tables = self.user_embedding.detach()[users], self.item_embedding.detach(), user_latent, item_latents
        return self._scores(tables, torch.arange(len(users), device=users.device), items)

    def _scores(self, tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor) -> Tensor:
        head = HeadParameters(*(p.detach() for p in (self.W1, self.b1, self.w2, self.b2)))
        return pair_scores(tables, users.contiguous(), items.contiguous(), head)

    def user_side(self, users: Tensor, items: Tensor, item_latent: Tensor) -> UserSide:
        """The score as a function of f_u, for pairs [n] with E_i f_i [n, k] given; no autograd."""
        d = self.user_embedding.shape[1]
        x = pair_products(self.user_embedding.detach(), self.item_embedding.detach(), users.contiguous(), items.contiguous())
        W1, b1, w2, b2 = (p.detach() for p in (self.W1, self.b1, self.w2, self.b2))
        constant = matrix_product(x, W1[:, :d].t(), b1)
        return UserSide(constant, item_latent, self.user_map.detach(), W1[:, d:], w2, b2)


def declared(network: nn.Module) -> FeatureProduct | None:
    """The form of a network whose class has a method `feature_product`; None for others, and where a subclass of the class that
    declares computes anything in another way (overrides encode_users, encode_items or decode)."""
    cls = type(network)
    owner = _definer(cls, DECLARES)
    if owner is None:
        return None
    definers = [_definer(cls, name) for name in MEANS]
    if any(found is not None and found is not owner and issubclass(found, owner) for found in definers):
        return None
    form: FeatureProduct = getattr(network, DECLARES)()
    return form


def _definer(cls: type, name: str) -> type | None:
    return next((one for one in cls.__mro__ if name in vars(one)), None)
