"""The residual of finished parameters at work: of pairs, of a whole catalogue, and as solvers know it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import relu

from ..data.sparse import TensorRows
from ..ops import matrix_product
from .additive import Columns, Sides
from .residual import Residual, Rows, through
from .user_side import UserSide


class ResidualScores:
    """What is of items alone is made once: items [I, h], their z_i, and before [I, h], what goes into the relu for every user."""

    def __init__(self, residual: Residual, columns: Columns, item_words: TensorRows) -> None:
        self.residual, self.columns = residual, columns
        with torch.no_grad():
            head, (own, self.across) = residual.head, (half.contiguous() for half in residual.halves())
            self.items = residual.items(item_words, torch.arange(len(residual.own), device=own.device))
            self.before = matrix_product(residual.own.detach(), own.t(), head.b1.detach())
        self._map: Tensor | None = None
        self.w2, self.b2 = head.w2.detach(), head.b2.detach()
        self.mentioned, self.praised, self.taken, self.given = (
            getattr(residual, name).detach() for name in ("mentioned", "praised", "taken", "given")
        )

    def users(self, words: Rows, past: Rows, scale: Tensor) -> Tensor:
        """z_u [n, h] of words [n, W] and histories [n, I], divided by 1 / scale [n]; differentiable in what is dense."""
        return through(words, self.mentioned) + through(past, self.taken) * scale[:, None]

    def own_users(self, sides: Sides, users: Tensor) -> Tensor:
        """z_u [n, h] of users [n] as they are, each made once."""
        some, which = torch.unique(users, return_inverse=True)
        return self.users(sides.user_words.select(some), sides.user_history.select(some), sides.scale[some])[which]

    def given_users(self, sides: Sides, users: Tensor, features: Rows) -> Tensor:
        """z_u [n, h] of users [n] at other features [n, P]."""
        if isinstance(features, Tensor):
            words, past = features[:, self.columns.readable], features[:, self.columns.history]
            return self.users(words, past, sides.scale[users])
        return self.users(*self.columns.parts(features), sides.scale[users])

    def other_items(self, quality: Tensor, features: Tensor, items: Tensor) -> Tensor:
        """z_i [n, h] of items [n] at other features [n, P], of which words make the qualities [n, W]."""
        past = self.given[items] if not len(self.columns.history) else through(features[:, self.columns.history], self.given)
        return through(quality, self.praised) + past

    def pairs(self, of_users: Tensor, items: Tensor, of_items: Tensor | None = None) -> Tensor:
        """[n] of z_u [n, h] and items [n]; of_items [n, h]: z_i where it is another than the data's."""
        product = of_users * (self.items[items] if of_items is None else of_items)
        return relu(matrix_product(product, self.across.t(), self.before[items])) @ self.w2 + self.b2

    def catalogue(self, of_users: Tensor) -> Tensor:
        """[n, I] of z_u [n, h]; user by user, so that what is needed on the way is of the size of the catalogue."""
        out = of_users.new_empty(len(of_users), len(self.items))
        for number, one in enumerate(of_users):
            out[number] = matrix_product(self.items * one, self.across.t(), self.before).clamp_min_(0) @ self.w2
        return out.add_(self.b2)

    def added_to(self, side: UserSide, scale: Tensor, items: Tensor) -> UserSide:
        """A user side of the sum alone and the residual of its pairs, whose items [n] have users with histories divided by
        1 / scale [n]: units of their own, and columns of their own in the latent features, for words and for the history."""
        h, of_items, (units, width) = len(self.w2), self.items[items], side.hidden_map.shape
        hidden = side.hidden_map.new_zeros(units + h, width + 2 * h)
        hidden[:units, :width], hidden[units:, width:] = side.hidden_map, self.across.repeat(1, 2)
        return UserSide(
            torch.cat([side.constant, self.before[items]], dim=1),
            torch.cat([side.gate, of_items, of_items * scale[:, None]], dim=1),
            self._beside(side.feature_map),
            hidden,
            torch.cat([side.readout, self.w2]),
            side.bias + self.b2,
        )

    def _beside(self, feature_map: Tensor) -> Tensor:
        """The map [P, k] of the sum with that of the residual beside it, [P, k + 2h]; kept: the sum's is the same every time."""
        if self._map is None:
            columns, h = self.columns, len(self.w2)
            table = feature_map.new_zeros(len(feature_map), 2 * h)
            table[columns.readable, :h] = self.mentioned
            table[columns.history, h:] = self.taken[: len(columns.history)]
            self._map = torch.cat([feature_map, table], dim=1)
        return self._map
