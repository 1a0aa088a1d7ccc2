"""Scores of networks whose head reads (e_u * e_i) concat (z_u * z_i), once all z are at hand; wherever z comes from."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ..ops import HeadParameters, pair_scores
from .catalogue import Catalogue


class ProductScores:
    """user_embedding [U, d], item_embedding [I, d], and the head's W1 [h, d + k], b1 [h], w2 [h], b2 []."""

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

    def changed_scores(self, users: Tensor, items: Tensor, user_latent: Tensor, item_latents: Tensor) -> Tensor:
        """The same for other user features: user_latent [n, k] is of these users [n] themselves."""
        tables = self.user_embedding.detach()[users], self.item_embedding.detach(), user_latent, item_latents
        return self._scores(tables, torch.arange(len(users), device=users.device), items)

    def _scores(self, tables: tuple[Tensor, Tensor, Tensor, Tensor], users: Tensor, items: Tensor) -> Tensor:
        head = HeadParameters(*(p.detach() for p in (self.W1, self.b1, self.w2, self.b2)))
        return pair_scores(tables, users.contiguous(), items.contiguous(), head)

    def catalogue(self, item_latents: Tensor) -> Catalogue:
        """Scores of users with every item."""
        items = torch.cat([self.item_embedding.detach(), item_latents], dim=1)
        return Catalogue(self.user_embedding.detach(), items, *(p.detach() for p in (self.W1, self.b1, self.w2, self.b2)))
