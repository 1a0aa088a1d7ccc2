"""Scores of a user with every item, by the network of eq. (5): the user's vectors are multiplied into the head's first layer
once, and what remains for the items is one matrix product; nothing is gathered and no pair is written down."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..ops import matrix_product, rows_at_once

ITEMS_AT_ONCE = 2048  # on the processor: what the hidden layer makes of this many stays in its second-level cache


@dataclass(frozen=True, eq=False)
class Catalogue:
    """users [U, d]: e_u of every user; items [I, d + k]: e_i concat z_i of every item; W1 [h, d + k], b1 [h], w2 [h], b2 []: the
    head's parameters."""

    users: Tensor
    items: Tensor
    W1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor

    def scores(self, users: Tensor, latents: Tensor) -> Tensor:
        """[n, I] for users [n] with z_u [n, k]: w2 . relu((W1 * (e_u concat z_u)) (e_i concat z_i) + b1) + b2.

        A user's row does not depend on the others. No autograd.
        """
        out = self.items.new_empty(len(users), len(self.items))
        size = rows_at_once(len(self.items), ITEMS_AT_ONCE, self.items)
        for row, vector in enumerate(torch.cat([self.users[users], latents], dim=1)):
            folded = (self.W1 * vector).t()  # [d + k, h]
            for at in range(0, len(self.items), size):
                hidden = matrix_product(self.items[at : at + size], folded, self.b1).clamp_min_(0)
                torch.mv(hidden, self.w2, out=out[row, at : at + size])
        return out.add_(self.b2)
