"""Recommenders that read what a user liked: trained on pairs, and explained by the history."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Self

import torch
from torch import Tensor

from ..data.kinds import HISTORY
from ..data.sparse import TensorRows
from ..data.types import Dataset
from .base import GRADIENTS, LINEAR_USER_SIDE, SCORES
from .history_product import HistoryProduct
from .history_view import HistoryView
from .loss_recommender import LossRecommender
from .options import RunOptions
from .user_side import UserSide


class HistoryRecommender(LossRecommender):
    """See LossRecommender for what a plugin gives. What users liked is `history`, a HistoryView."""

    offers = frozenset({SCORES, GRADIENTS})
    kinds: ClassVar[tuple[str, ...]] = (HISTORY,)

    def read(self, data: Dataset, options: RunOptions) -> None:
        """What users liked."""
        self.history = HistoryView.of(data, options.device)

    def seeing(self, data: Dataset) -> Self:
        """The same parameters for a data set of other users: what with_users() is for a method that keeps nothing of them."""
        other = type(self)(self.config)
        other.network, other.data, other.history = self.network, data, HistoryView.of(data, self.device)
        other.changed()
        return other


class HistoryProductRecommender(HistoryRecommender):
    """One whose score is a HistoryProduct: a plugin gives `product` in place of scores(). Linear in the history."""

    offers = frozenset({SCORES, GRADIENTS, LINEAR_USER_SIDE})

    @abstractmethod
    def product(self) -> HistoryProduct:
        """By the present parameters; called once after they have changed, and without autograd."""

    def changed(self) -> None:
        """See HistoryRecommender."""
        self._made: HistoryProduct | None = None

    def made(self) -> HistoryProduct:
        """product(), kept until parameters change."""
        if self._made is None:
            with torch.no_grad():
                self._made = self.product()
        return self._made

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See HistoryProduct."""
        return self.made().scores(users, items, user_features, item_features)

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        return self.made().catalogue_scores(users, user_features)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """Linear in f_u."""
        return self.made().user_side(users, items)

    def linear_slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor:
        """What one more of each feature adds to the score, [nnz]."""
        return self.made().slopes(users, items, rows)
