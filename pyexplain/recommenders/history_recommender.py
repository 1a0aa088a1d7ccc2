"""Recommenders that read what a user liked: trained on pairs, and explained by the history."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Self

import torch
from torch import Tensor

from ..data.kinds import HISTORY
from ..data.sparse import TensorRows
from ..data.types import Dataset
from .base import GRADIENTS, LINEAR_USER_SIDE, SCORES, Recommender
from .config import LoopConfig
from .dense_engine import DenseEngine
from .epochs import train_epochs
from .history_product import HistoryProduct
from .history_view import HistoryView
from .objective import Term
from .options import RunOptions
from .size import within_memory
from .training import train
from .user_side import UserSide
from .validation import ndcg_of_lists


class HistoryRecommender(Recommender):
    """A plugin gives `build`, the network, scores(), and how it is trained: `loss` of a batch of pairs, or an `epochs` of its own.

    What users liked is `history`, a HistoryView; `changed` is called when parameters have moved.
    """

    offers = frozenset({SCORES, GRADIENTS})
    kinds: ClassVar[tuple[str, ...]] = (HISTORY,)
    Config = LoopConfig
    config: LoopConfig

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """The start; nothing is learned."""
        network = within_memory(lambda: self.build(data, options.seed), f"{self.name} on {data.name}")
        self.network, self.data = network.to(options.device), data
        self.history = HistoryView.of(data, options.device)
        self.changed()

    def changed(self) -> None:
        """Parameters have moved: what was made of them is made anew when next asked for."""

    def loss(self, batch: Term, generator: torch.Generator) -> Tensor:
        """A scalar, the mean over a batch of triples."""
        raise TypeError(f"{type(self).__name__} must give loss(), or epochs of its own")

    def epochs(self, engine: DenseEngine, data: Dataset, options: RunOptions) -> Callable[[int], dict[str, float]] | None:
        """What an epoch is (see train_epochs), for a method that is not trained on triples; None for one that is."""
        return None

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train."""
        self.prepare(data, options)
        self.begin(data, options)
        engine = DenseEngine(self.network, self.config.learning_rate, self.loss)
        named = replace(options, labels={"method": self.name, **options.labels})

        def validate() -> float | None:
            self.changed()
            return ndcg_of_lists(self.scores, data.valid_candidates, self.device)

        own = self.epochs(engine, data, options)
        if own is None:
            history = train(self.network, engine, validate, data, self.config, named)
        else:
            history = train_epochs(self.network, engine, own, validate, data, self.config, named)
        self.changed()
        return history

    def seeing(self, data: Dataset) -> Self:
        """The same parameters for a data set of other users: what with_users() is for a method that keeps nothing of them."""
        other = type(self)(self.config)
        other.network, other.data, other.history = self.network, data, HistoryView.of(data, self.device)
        other.changed()
        return other

    def state(self) -> dict[str, Tensor]:
        """Parameters by name."""
        return {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.network.load_state_dict(state)
        self.changed()

    @property
    def device(self) -> torch.device:
        """Where scores are computed."""
        return next(self.network.parameters()).device


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
