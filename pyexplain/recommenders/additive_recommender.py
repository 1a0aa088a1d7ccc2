"""Recommenders of the additive form: built, trained and asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ..data.counts import user_counts
from ..data.kinds import ATTRIBUTE, HISTORY, PERSON, WORD
from ..data.sparse import SparseRows, TensorRows
from ..data.types import Dataset
from ..given import gives
from .additive import AdditiveNetwork, Columns
from .additive_model import AdditiveModel
from .additive_start import found_weights
from .additive_training import AdditiveEngine
from .base import GRADIENTS, LINEAR_USER_SIDE, SCORES, Recommender
from .config import LoopConfig
from .lifted import Lifted
from .neighbours import neighbourly_items
from .options import RunOptions
from .residual import TABLES as RESIDUAL_TABLES
from .residual import Residual
from .size import within_memory
from .training import train
from .user_side import UserSide
from .validation import ValidationLists
from .without_own import WithoutOwn


class AdditiveConfig(LoopConfig):
    """Keys of the training loop, the width of the factors, what is divided by what, and where parameters start."""

    learning_rate: float = Field(1e-3, gt=0, description="of Adam")
    epochs: int = Field(150, ge=1)
    patience: int = Field(30, ge=0, description="epochs without a better validation NDCG before stopping; 0 = run all epochs")
    dim: int = Field(350, ge=0, description="width of D and Q")
    alpha: float = Field(0.5, ge=0, le=1, description="the sum over the history is divided by its length to this power")
    prior: float = Field(1.0, ge=0, description="opinions of sentiment 0 beside those of an item")
    popularity: float = Field(0.3, ge=0, description="what b starts at, times log(1 + likes)")
    item_bias: bool = Field(True, description="b_i is learned; without it b = 0, and features carry all of a lead")
    words: float | None = Field(None, ge=0, description="what a starts at, times idf; default: found by regression")
    residual: int = Field(0, ge=0, description="width of an MLP of eq. (5) on top of the sum; 0 = none: the score is the sum")
    residual_dropout: float = Field(0.8, ge=0, lt=1, description="in the head of that MLP, in training only")


class AdditiveRecommender(Recommender):
    """score(u, i) = b_i + sum over words and attributes k of a_k c_uk q_ik + n_u^-alpha * sum over the items k of the history of
    D_k . Q_i.

    c_uk: how often u mentions k, or likes items with the attribute k, at most T; q_ik: the sum of sentiments of i's mentions of k
    over (mentions + prior), 1 for an attribute that i has. What people are themselves (people.py) are attributes that u has, with
    q_ik how much more often those like i. b starts at popularity * log(1 + likes), a at words * idf
    (`found_weights`), D and Q where neighbours do (`neighbourly_items`). BPR and Adam; in training a user is who they were without
    the pair that is learned: its review is out of c and q, its item out of the history. Nothing is kept of a user's identity, so a
    new user needs no training.

    item_bias = False leaves b out: what is popular has to come from what people like, so that taking their features away takes the
    lead away. Of who has no feature at all such a model knows nothing: every item scores 0.

    residual > 0 adds what an MLP makes of the product of what u and i hold (residual.py), trained beside the sum on what the sum
    leaves over. The sum itself learns what it would learn without; the score is not linear any more.
    """

    offers = frozenset({SCORES, GRADIENTS, LINEAR_USER_SIDE})
    kinds: ClassVar[tuple[str, ...]] = (WORD, ATTRIBUTE, PERSON, HISTORY)
    counted: ClassVar[bool] = True
    tables: ClassVar[Mapping[str, str]] = {"bias": "items", "weights": "readable", "taken": "items", "given": "items"}

    Config = AdditiveConfig
    config: AdditiveConfig

    def prepare(self, data: Dataset, options: RunOptions) -> None:
        """The start; nothing is learned."""
        self.data = data
        network = within_memory(lambda: self.build(data, options.seed), f"{self.name} on {data.name}")
        self.additive = AdditiveModel(network, data, self.config.prior, self.config.alpha, options.device)

    def with_users(self, data: Dataset) -> AdditiveRecommender:
        """See Recommender.with_users: nothing is kept of users."""
        other, own = type(self)(self.config), self.data
        same = data.item_features is own.item_features and data.item_mentions is own.item_mentions
        given = self.additive.network, data, self.config.prior, self.config.alpha, str(self.device)
        other.data, other.additive = data, self.additive.with_users(data) if same else AdditiveModel(*given)
        return other

    def build(self, data: Dataset, seed: int) -> AdditiveNetwork:
        """Where training begins."""
        columns, g = Columns.of(data), torch.Generator().manual_seed(seed)
        likes = torch.from_numpy(np.bincount(data.train[:, 1], minlength=data.n_items))
        who = columns.parts(user_counts(data).tensors())[0]
        having = torch.bincount(who.indices[who.values > 0], minlength=len(columns.readable))
        idf = torch.log(data.n_users / having.clamp(min=1))
        factors = neighbourly_items(data, self.config.dim if len(columns.history) else 0, g)
        config = self.config
        network = AdditiveNetwork(
            (config.popularity if config.item_bias else 0.0) * torch.log1p(likes.float()),
            (1.0 if config.words is None else config.words) * idf,
            *factors,
            self._residual(data, columns, seed),
        )
        network.bias.requires_grad_(config.item_bias)
        return network

    def _residual(self, data: Dataset, columns: Columns, seed: int) -> Residual | None:
        """Drawn by itself: the sum starts where it would start without."""
        config = self.config
        given = config.prior, config.residual, config.residual_dropout, seed
        return Residual(data, columns, *given).eval() if config.residual else None

    def begin(self, data: Dataset, options: RunOptions) -> None:
        """See Recommender.begin; a residual has tables of its own."""
        if options.warm_start is not None:
            tables = {**self.tables, **(RESIDUAL_TABLES if self.config.residual else {})}
            self.load_state(options.warm_start.state_for(self.state(), tables, data))

    def fit(self, data: Dataset, options: RunOptions) -> list[dict[str, float]]:
        """Prepare and train."""
        self.prepare(data, options)
        model, config = self.additive, self.config
        without = WithoutOwn.of(data, Columns.of(data), model.sides, config.prior, config.alpha, options.device)
        if config.words is None:
            model.network.weights.data.copy_(found_weights(model.network, without, model.columns, data, options.seed))
        self.begin(data, options)

        lists = ValidationLists(data.valid_candidates, model.device)

        def validate() -> float | None:
            model.changed()
            return lists.ndcg(self.scores)

        engine = AdditiveEngine(model.network, without, config.learning_rate)
        named = replace(options, labels={"method": self.name, **options.labels})
        history = train(model.network, engine, validate, data, config, named)
        model.changed()
        return history

    def scores(
        self, users: Tensor, items: Tensor, user_features: Tensor | None = None, item_features: Tensor | None = None
    ) -> Tensor:
        """See the class."""
        return self.additive.scores(users, items, user_features, item_features)

    def catalogue_scores(self, users: Tensor, user_features: TensorRows | None = None) -> Tensor:
        """scores() of users [n] with every item, [n, I]."""
        return self.additive.catalogue_scores(users, user_features)

    def most_lifted(self, users: Tensor, change: TensorRows) -> Lifted | None:
        """See Recommender.most_lifted; of a residual, and of who scores in another way, nothing is known."""
        return self.additive.most_lifted(users, change) if self._is_a_sum else None

    def lifted_closely(self, users: Tensor, change: TensorRows) -> Tensor | None:
        """See Recommender.lifted_closely; nothing is known where most_lifted() knows nothing of its own."""
        return self.additive.lifted_closely(users, change) if self._is_a_sum else None

    @property
    def _is_a_sum(self) -> bool:
        return not gives(type(self), AdditiveRecommender, "scores") and not self.config.residual

    def scores_in(self, cells: TensorRows, users: Tensor, user_features: TensorRows) -> Tensor:
        """See Recommender.scores_in: a history is summed once a row."""
        return self.additive.scores_at(users, user_features)(cells)

    def scores_at(self, users: Tensor, user_features: TensorRows) -> Callable[[TensorRows], Tensor]:
        """See Recommender.scores_at; of who scores cells in another way, by that."""
        own = type(self).scores_in is AdditiveRecommender.scores_in
        return self.additive.scores_at(users, user_features) if own else super().scores_at(users, user_features)

    def user_side(self, users: Tensor, items: Tensor) -> UserSide:
        """Linear in f_u, relu and all; before the relu of the residual, where there is one."""
        return self.additive.user_side(users, items)

    def latent_width(self) -> int:
        """One for each word and attribute, beside those of the history."""
        return self.additive.latent_width

    def linear_slopes(self, users: Tensor, items: Tensor, rows: TensorRows) -> Tensor | None:
        """What one more of each feature adds to the score, [nnz]; None where it is not linear, for it has a residual."""
        return None if self.config.residual else self.additive.slopes(users, items, rows)

    def parts(self, users: Tensor, items: Tensor, rows: TensorRows) -> tuple[Tensor, Tensor, Tensor]:
        """Of the scores of users and items [n] at rows [n, P]: what one more of each feature adds to the sum [nnz]; the score of
        who has no feature at all [n]; and what the residual makes of features [n], 0 where there is none. f_u times the first, and
        the others, add up to the score."""
        with torch.no_grad():
            of, empty = self.additive, SparseRows.empty(rows.shape).tensors(self.device)
            here, nothing = (of.residual_part(users, items, one) for one in (rows, empty))
            return of.slopes(users, items, rows), of.network.bias[items] + nothing, here - nothing

    def state(self) -> dict[str, Tensor]:
        """b, a, D and Q."""
        return {name: value.detach().cpu().clone() for name, value in self.additive.network.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take back what state() gave."""
        self.additive.network.load_state_dict(state)
        self.additive.changed()

    @property
    def device(self) -> torch.device:
        """Where scores are computed."""
        return self.additive.device
