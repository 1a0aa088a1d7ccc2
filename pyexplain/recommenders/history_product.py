"""Scores that are a product of what a history sums up to with the item: linear in the history, and asked in every way there is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ..data.sparse import TensorRows
from ..ops import matrix_product
from .history_view import HistoryView
from .networks import mapped
from .user_side import UserSide

PAIRS_AT_ONCE, ENTRIES_AT_ONCE = 4096, 8192  # what is gathered of this many stays in the cache


@dataclass(frozen=True, eq=False)
class HistoryProduct:
    """score(u, i) = b_i + (e_u + s_u * sum over the history k of f_u[k] D_k) . Q_i

    taken [I, r]: D; given [I, r]: Q; bias [I]: b; scale [U]: s_u, of the user's own history whatever features are handed in;
    base [U, r]: e_u, None where nothing is kept of a user. Parameters are not copied: to be made anew when they have changed.
    """

    history: HistoryView
    taken: Tensor
    given: Tensor
    bias: Tensor
    scale: Tensor
    base: Tensor | None = None

    @cached_property
    def known(self) -> Tensor:
        """What goes into the product for all users as they are, [U, r]."""
        with torch.no_grad():
            past = mapped(self.history.own, self.taken) * self.scale[:, None]
            return past if self.base is None else past.add_(self.base)

    def user(self, users: Tensor, features: Tensor | TensorRows | None) -> Tensor:
        """The same [n, r] of users [n], with these features in place of theirs."""
        if features is None:
            return self.known[users]
        past = self.history.summed(users, features, self.taken) * self.scale[users][:, None]
        return past if self.base is None else past + self.base[users]

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | TensorRows | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """Relevance [n]; see Recommender.scores."""
        if user_features is None and item_features is None:
            return self._known_scores(users, items)
        given = self.given[items]
        if item_features is not None:
            given = self.history.through(item_features, self.given, given)
        return self.bias[items] + (self.user(users, user_features) * given).sum(dim=1)

    def _known_scores(self, users: Tensor, items: Tensor) -> Tensor:
        out = self.bias[items]
        for u, i, part in zip(*(torch.split(indices, PAIRS_AT_ONCE) for indices in (users, items, out)), strict=True):
            part += (self.known[u] * self.given[i]).sum(dim=1)
        return out

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """With every item, [n, I]."""
        with torch.no_grad():
            return matrix_product(self.user(users, user_features), self.given.t(), self.bias)

    def slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor:
        """d score / d f_u [nnz] of pairs [n] in the cells that rows [n, P] store; 0 for features that are no history."""
        owner, out = rows.row_indices(), torch.zeros_like(rows.values)
        place, past = self.history.columns.place[rows.indices], self.history.columns.is_history[rows.indices]
        with torch.no_grad():
            for at in torch.split(torch.nonzero(past)[:, 0], ENTRIES_AT_ONCE):
                pair = owner[at]
                met = (self.taken[place[at]] * self.given[items[pair]]).sum(dim=1)
                out[at] = met * self.scale[users[pair]]
        return out

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """The form that solvers know: relu(x) - relu(-x) = x, x = b_i + e_u . Q_i + (gate * (f @ feature_map)) . 1."""
        with torch.no_grad():
            met, sign = self.given[items], self.bias.new_tensor([1.0, -1.0])
            fixed = self.bias[items]
            if not self.history.readable:
                fixed = fixed + (self.known[users] * met).sum(dim=1)
            elif self.base is not None:
                fixed = fixed + (self.base[users] * met).sum(dim=1)
            gate = met * self.scale[users][:, None]
            hidden = sign[:, None].expand(2, gate.shape[1]).contiguous()
            return UserSide(fixed[:, None] * sign, gate, self.feature_map, hidden, sign, self.bias.new_zeros(()))

    @cached_property
    def feature_map(self) -> Tensor:
        """D as rows of all features, [P, r]."""
        return self.history.placed(self.taken)
